"""How gunicorn serves the app on Cloud Run, where one container has one processor."""

import os

bind = f":{os.environ.get('PORT', '8080')}"

# One process, so that models and rows are held in memory once; waiting for BigQuery is what threads are for.
workers = 1
# As many as Cloud Run sends at once: `web.concurrency` in terraform/variables.tf.
threads = 40

# Cloud Run itself ends a request after `timeout` in terraform/web.tf, and never kills the others with it.
timeout = 0
# Cloud Run kills the container ten seconds after it has asked it to stop.
graceful_timeout = 9
# Only Cloud Run's front end can reach the container, and it says by which scheme it was asked.
forwarded_allow_ips = "*"

# Signs of life are written to memory, not to a disk that may block.
worker_tmp_dir = "/dev/shm"  # noqa: S108
# Nobody can be in the container to use it.
control_socket_disable = True
