"""Jobs that are submitted by the command line, as somebody with a laptop does."""

from __future__ import annotations

import base64
import subprocess
import tarfile
from pathlib import Path

from tests.frameworks import lab
from tests.frameworks.site import Cluster
from tests.support.shell import Done, Shell, environment

#: counts words, with nothing but what Hadoop has
COUNT = """\
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.lib.input.FileInputFormat;
import org.apache.hadoop.mapreduce.lib.map.TokenCounterMapper;
import org.apache.hadoop.mapreduce.lib.output.FileOutputFormat;
import org.apache.hadoop.mapreduce.lib.reduce.IntSumReducer;
import org.apache.hadoop.util.GenericOptionsParser;

public class Count {
    public static void main(String[] words) throws Exception {
        Configuration settings = new Configuration();
        words = new GenericOptionsParser(settings, words).getRemainingArgs();
        Job job = Job.getInstance(settings, "count");
        job.setJarByClass(Count.class);
        job.setMapperClass(TokenCounterMapper.class);
        job.setReducerClass(IntSumReducer.class);
        job.setOutputKeyClass(Text.class);
        job.setOutputValueClass(IntWritable.class);
        FileInputFormat.addInputPath(job, new Path(words[0]));
        FileOutputFormat.setOutputPath(job, new Path(words[1]));
        System.exit(job.waitForCompletion(true) ? 0 : 3);
    }
}
"""
#: jars that it is compiled with
NEEDED = ("commons-cli-", "hadoop-common-", "hadoop-mapreduce-client-core-")


def shell(cluster: Cluster) -> Shell:
    """A shell of somebody who has the cluster's cloud, in a home of their own."""
    site = cluster.site
    home = site.folder / "home"
    (home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    names = environment(site.cloud.credentials, home)
    more = {"DISCO": site.caller.base, "XDG_RUNTIME_DIR": str(home / "run")}
    return Shell({**names, **more}, home)


def submit(cluster: Cluster, file: str, content: str | bytes, *words: str) -> Done:
    """``disco job submit --wait`` of a program."""
    user = shell(cluster)
    path = user.cwd / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return user.run("job", "submit", cluster.location[-36:], file, "--wait", *words, timeout=400)


def count_jar(folder: Path) -> bytes:
    """A library with the program that counts words."""
    (recipe,) = (r for r in lab.recipes() if r.component == "hadoop")
    with tarfile.open(lab.archive(recipe)) as tree:
        for member in tree:
            name = Path(member.name).name
            if name.startswith(NEEDED) and (stream := tree.extractfile(member)):
                (folder / name).write_bytes(stream.read())
    return java_program(folder, "Count", COUNT)


def java_program(folder: Path, name: str, source: str) -> bytes:
    """A library with a program, compiled with the jars that are in the folder."""
    (folder / f"{name}.java").write_text(source)
    path = ":".join(map(str, folder.glob("*.jar")))
    javac = ["javac", "--release", "17", "-cp", path, "-d", "classes", f"{name}.java"]
    subprocess.run(javac, cwd=folder, check=True, timeout=120)
    words = f"--create --file program.out --main-class {name} -C classes ."
    subprocess.run(["jar", *words.split()], cwd=folder, check=True, timeout=60)
    return (folder / "program.out").read_bytes()


def put_file(cluster: Cluster, name: str, content: bytes) -> None:
    """A file of whoever logs in, on the master."""
    text = base64.b64encode(content).decode()
    cluster.run_as_user(f"base64 -d >{name}", said=text)
