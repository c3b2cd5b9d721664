"""accelerate: `accelerate launch --cpu` of a script, in a process that it starts."""

import subprocess
import sys
from pathlib import Path

script = Path(__file__).with_name("accelerate_launched.py")
options = ["--cpu", "--num_processes=1", "--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no"]
done = subprocess.run([sys.executable, "-m", "accelerate.commands.launch", *options, str(script)], check=False)
sys.exit(done.returncode)
