# The log server of a node, which also tells how its daemons are.
# Bash; sourced as root after library.sh.
# shellcheck shell=bash

# The web server of the log folder: reads only, and nothing outside of it.
disco_log_server() {
  disco_file /opt/disco/lib/logserver.py 0644 root:root <<'PYTHON'
import contextlib, http.server, io, json, os, re, socket, subprocess, sys, tarfile, tempfile, threading, time

ASK, MASTER, asked = (sys.argv[4:] or ["", ""])[0], sys.argv[-1], set()
ROOT, DAEMONS = os.path.realpath(sys.argv[2]), "${DISCO_LOGS}"
LARGE, KEPT = 4 << 20, 1 << 20  # bytes of a daemon's log, and what stays of one that outgrew them
SENT = 128 << 10  # of each log for the master
MOST = 128  # connections, each of which has a thread
LIVE, LOCK, sampled, shown = "${DISCO_ETC}/live", threading.Lock(), [0, [0] * 4, ""], {}
NUMBERS = "cpu_percent memory_percent disk_percent received_kilobytes sent_kilobytes".split()  # of the network, each second
LINE = r'^disco_\w{1,40}{(?:name="[\w-]{1,80}")?} \d{1,9}$'  # of what workers say
ALL = "curl -sf --noproxy * -Z --parallel-max 60 --connect-timeout 3 -m 5 --max-filesize 16M --limit-rate 64K -o".split()


def logs(top):
    for folder, _, names in os.walk(top):
        for path in (os.path.join(folder, name) for name in sorted(names)):
            if path.endswith(".log") and not os.path.islink(path):
                yield path


def tail(path, size):
    with open(path, "rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - size))
        return log.read(size)


def trim():
    while not time.sleep(5):
        for path in logs(DAEMONS):
            try:
                if os.path.getsize(path) > LARGE and os.access(path, os.W_OK):
                    end = tail(path, KEPT)
                    os.truncate(path, 0)  # who writes it, appends
                    with open(path, "ab") as log:
                        log.write(end.partition(b"\n")[2])
            except OSError:
                pass


def rows(path):
    with open(path) as f:
        return [line.split() for line in f]


# How the node and its daemons are, for Prometheus. Rates are since the last look, at first since
# the boot. Of a daemon, 2: it works, 1: it runs and does not answer, 0: it does not run.
def sample():
    with LOCK:
        at, last, text = sampled
        seconds = int(time.monotonic() - at)
        if seconds < 3:
            return text
        live = [(name, subprocess.Popen(["timeout", "3", "bash", f"{LIVE}/{name}"], stderr=-3)) for name in sorted(os.listdir(LIVE))]
        ticks = [int(n) for n in rows("/proc/stat")[0][1:9]]
        memory = [int(row[1]) for row in rows("/proc/meminfo")]
        disks = [os.statvfs(path) for path in ("/", "/srv/disco") if os.path.exists(path)]
        net = [row for row in rows("/proc/net/dev")[2:] if row[0] != "lo:"]
        new = [sum(ticks), sum(ticks[3:5]), *(sum(int(row[i]) for row in net) // 1000 for i in (1, 9))]
        total, idle, received, sent = [a - b for a, b in zip(new, last)]
        numbers = [100 - 100 * idle // total, 100 - 100 * memory[2] // memory[0],
                   max(100 - 100 * disk.f_bavail // disk.f_blocks for disk in disks), received // seconds, sent // seconds]
        text = "".join(f"disco_{name}{{}} {number}\n" for name, number in zip(NUMBERS, numbers))
        text += "".join(f'disco_daemon{{name="{name}"}} { {0: 2, 3: 0}.get(check.wait(), 1)}\n' for name, check in live)
        sampled[:] = time.monotonic(), new, text
        return text


# The master asks all nodes, and keeps a point of each for every half minute of an hour.
def watch():
    known, kept, turn = {}, {}, 0
    while True:
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:
            now, text = int(time.time()), ""
            names = ",".join(["${DISCO_NAME}", *os.listdir(f"{ROOT}/nodes")])
            subprocess.run([*ALL, f"{folder}/#1", f"http://{{{names}}}:8084/metrics"], stderr=-3)
            for name in os.listdir(folder):
                with open(f"{folder}/{name}", errors="replace") as f:
                    lines = re.findall(LINE, f.read(16384), re.M | re.A)
                known[name] = now, lines
                text += "".join(line.replace("{", f'{{node="{name}",') + "\n" for line in lines)
            shown.update({"/federate": text, "/health.json": json.dumps([now, known])})
            if turn % 6 == 0:
                for name, (at, lines) in known.items():
                    point = " ".join(line.split()[1] for line in lines[:5]) if at == now else ""
                    kept[name] = [*kept.get(name, ()), point][-120:]
                shown["/history.json"] = json.dumps([now, kept])
            turn += 1
        time.sleep(4)


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".json": "application/json", ".jsonl": "application/x-ndjson",
                      "": "text/plain; charset=utf-8"}

    def check(self, number):
        """The master asks how this node is: once it is told to the node, then looked up."""
        if number not in asked:
            try:
                pipe = os.open(ASK, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return self.send_error(503)
            os.write(pipe, number.encode() + b"\n")
            os.close(pipe)
            asked.add(number)
        self.path = "/checked.json"
        super().do_GET()

    def do_GET(self):
        check = re.fullmatch("/check/([0-9]{1,20})", self.path)
        if check and ASK and self.client_address[0] == MASTER:
            return self.check(check[1])
        text = shown.get(self.path) or self.path == "/metrics" and sample()
        if text:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            return self.wfile.write(text.encode())
        if self.path != "/components.tar":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-tar")
        self.end_headers()
        tops = {"components": os.path.join(ROOT, "components")}
        if self.client_address[0] == MASTER:
            tops["daemons"] = DAEMONS
        with tarfile.open(fileobj=self.wfile, mode="w|") as tar:
            for name, top in tops.items():
                for path in logs(top):
                    entry = tarfile.TarInfo(os.path.join(name, os.path.relpath(path, top)))
                    text = tail(path, SENT)
                    entry.size, entry.mtime = len(text), os.path.getmtime(path)
                    tar.addfile(entry, io.BytesIO(text))

    def translate_path(self, path):
        real = os.path.realpath(super().translate_path(path))
        inside = real == ROOT or real.startswith(ROOT + os.sep)
        inside = inside and real != f"{ROOT}/jobs"  # what is in it is found by its name alone
        hidden = any(p.startswith(".") for p in os.path.relpath(real, ROOT).split(os.sep)[:1] if p != ".")
        return real if inside and not hidden else os.path.join(ROOT, ".none")

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    there = {}

    def process_request(self, client, address):
        """Whoever was there first makes room: anybody can connect, and say nothing."""
        self.there[client] = None
        for old in list(self.there)[:-MOST]:
            try:
                self.there.pop(old, None)
                old.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        super().process_request(client, address)

    def shutdown_request(self, client):
        self.there.pop(client, None)
        super().shutdown_request(client)

    def handle_error(self, *_):
        pass


threading.Thread(target=trim, daemon=True).start()
if len(sys.argv) < 5:  # on the master
    threading.Thread(target=watch, daemon=True).start()
handler = lambda *args: Handler(*args, directory=ROOT)
Server((sys.argv[1], int(sys.argv[3])), handler).serve_forever()
PYTHON
  disco_unit disco-log <<UNIT
[Unit]
Description=DISCO deployment log on port 8084
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
User=disco
NoNewPrivileges=yes
ExecStart=/usr/bin/python3 -I /opt/disco/lib/logserver.py \${DISCO_ADDRESS} \${DISCO_WEB} 8084$([[ $DISCO_ROLE == master ]] || echo " $DISCO_STATE/ask $DISCO_MASTER_ADDRESS")
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
UNIT
  disco_start disco-log
}
