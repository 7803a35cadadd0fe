"""The commands of ``disco``: a class each, in a module of its own or with those like it.

A command is imported when it is run. So its line in the list of commands is here, in the order
in which people need them. What commands share is in ``disco.cli``.
"""

from __future__ import annotations

#: name: the class below this package, and what the list of commands says of it
COMMANDS = {
    "run": ("run:RunJob", "run a file on a cluster of its own, and fetch its results"),
    "create": ("create:CreateCluster", "create a cluster"),
    "preview": (
        "preview:PreviewCluster",
        "check a request and show its plan, without creating anything",
    ),
    "choices": ("choices:ListChoices", "list what a cluster can be made of"),
    "list": ("list_clusters:ListClusters", "list clusters"),
    "show": ("show:ShowCluster", "show a cluster"),
    "check": ("check:CheckCluster", "check that a cluster works, and show its health"),
    "watch": ("watch:WatchCluster", "watch a cluster until its action has ended"),
    "ssh": ("ssh:LogIn", "log in to a node, or run a command on it"),
    "tunnel": ("tunnel:OpenTunnel", "open web interfaces of a cluster through ssh"),
    "logs": ("logs:ShowLogs", "show installation logs and events of nodes"),
    "job submit": ("job_submit:SubmitJob", "run a file on a cluster"),
    "job list": ("jobs:ListJobs", "list the jobs of a cluster"),
    "job show": ("jobs:ShowJob", "show a job"),
    "job logs": ("jobs:ShowJobLogs", "print what a job says"),
    "job cancel": ("jobs:CancelJob", "end a job"),
    "job fetch": ("jobs:FetchJob", "fetch the results of a job"),
    "install": ("install:InstallPackages", "install packages on the nodes of a cluster"),
    "scale": ("scale:ScaleCluster", "add or remove workers"),
    "retry": ("retry:RetryCluster", "retry a failed create or scale"),
    "suspend": ("suspend:SuspendCluster", "suspend a cluster"),
    "resume": ("resume:ResumeCluster", "resume a suspended cluster"),
    "extend": ("extend:ExtendCluster", "extend the time to live of a cluster"),
    "delete": ("delete:DeleteClusters", "delete clusters"),
    "frameworks": (
        "frameworks:ListFrameworks",
        "list frameworks, or show one with its properties",
    ),
    "operate": ("operate:Operate", "delete the clusters whose end has come"),
    "doctor": ("doctor:ExamineCloud", "check a cloud and a project before the first cluster"),
    "completion": ("completion:PrintCompletion", "print completions for a shell"),
    "mirror": ("mirror:FillMirror", "mirror the downloads of frameworks"),
}
#: those that need neither this machine's credentials nor its shell
PLUGIN_COMMANDS = tuple(
    name for name in COMMANDS if name not in ("operate", "doctor", "completion", "mirror")
)
