"""`launch --hosts`, over two sshd of its own, each of which believes to be on another machine.

Nobody's ~/.ssh is read. Open MPI wants a name of its own for each machine, and root alone can give one.
"""

import os
import shutil
import signal
import socket
import subprocess
import time

import pytest
from distributed import ranks

pytest.importorskip("mpi4py", reason="mpi4py is not installed")
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    not (SSHD and os.geteuid() == 0 and all(map(shutil.which, ("ssh", "ssh-keygen", "unshare", "hostname")))),
    reason="there is no OpenSSH server, or this is not root",
)
HOSTS = ("--hosts", "one-host:2,other-host:2")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """The variables by which mpirun reaches the two names."""
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    config = (
        f"IdentityFile {folder}/key\nIdentitiesOnly yes\nBatchMode yes\nStrictHostKeyChecking no\n"
        "UserKnownHostsFile /dev/null\nLogLevel ERROR\nConnectTimeout 5\n"
    )
    servers = []
    try:
        for name in ("one-host", "other-host"):
            port = free_port()
            config += f"Host {name}\nHostName 127.0.0.1\nPort {port}\n"
            (folder / name).write_text(
                f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
                f"AuthorizedKeysFile {folder}/key.pub\nStrictModes no\nUsePAM no\nPidFile none\n"
                "PermitRootLogin yes\nMaxStartups 100\n"
            )
            call = f"hostname {name} && exec {SSHD} -D -f {folder}/{name}"
            servers.append(subprocess.Popen(["unshare", "--uts", "sh", "-c", call]))
        (folder / "ssh").write_text(config)
        for server, name in zip(servers, ("one-host", "other-host")):
            call = ["ssh", "-F", folder / "ssh", name, "hostname"]
            end = time.monotonic() + 3
            while (said := subprocess.run(call, capture_output=True, text=True, check=False)).stdout.strip() != name:
                if time.monotonic() > end or server.poll() is not None:
                    pytest.skip(f"sshd does not answer: {said.stderr}")
                time.sleep(0.1)
        yield {"PRTE_MCA_plm_ssh_agent": f"ssh -F {folder}/ssh", "OMPI_MCA_mpi_yield_when_idle": "1"}
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def test_ranks_of_two_hosts(remote):
    output = ranks.well("-m", "distributed.programs.hosts", ranks=4, program=False, options=HOSTS, MOCROGRAD_X="5",
                        **remote)  # fmt: skip
    assert {line for line in output.splitlines() if line.startswith("rank ")} == {
        f"rank {rank} of 4, {rank % 2} of 2, sum 10.0, one-host, 5" for rank in range(4)
    }, output


def test_a_killed_rank_is_named(remote):
    status, output = ranks.launch("endings.py", "kill", ranks=4, options=HOSTS, **remote)
    assert status not in (0, 124)
    assert "process rank 1 with" in output
    assert "signal 9" in output


def test_a_host_that_cannot_be_reached(remote):
    options = ("--hosts", "one-host:1,no-such-place.invalid:1")
    status, output = ranks.launch("variables.py", options=options, **remote)
    assert status != 0
    assert "no-such-place.invalid" in output


def test_an_interrupt_ends_everything(remote):
    ranks.interrupted(signal.SIGINT, HOSTS, remote)
