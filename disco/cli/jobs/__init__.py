"""Jobs on a cluster: chosen and sent here, run and recorded on its master."""
