"""Numbers, names and addresses of a cluster's workers.

Workers are numbered from 1 over the whole cluster: first the plain ones, then those of each
group. A worker's host name is the workers' name and its number; a number is not used twice
while a worker of an earlier change may still be there.
"""

from __future__ import annotations
