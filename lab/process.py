"""Commands and long-running processes, started and stopped by pid and by nothing else."""

import pathlib
import subprocess
import time


class CommandFailed(RuntimeError):
    """A command ended with an error; the message has its command line and what it said."""


def run(*command, check=True, input=None, timeout=60, env=None):
    """Run a command to its end and return its standard output as text; CommandFailed if it fails and `check`."""
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, input=input, timeout=timeout, env=env)
    if check and done.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def wait_until(condition, timeout, interval=0.02, what="condition"):
    """Ask `condition` until it answers something true and return that; TimeoutError after `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(interval)


class Process:
    """A child process. Its output goes to `log`, or to a pipe `.output` that the caller reads line by line."""

    def __init__(self, command, log=None, env=None):
        self.command = [str(word) for word in command]
        self.log = pathlib.Path(log) if log else None
        output = self.log.open("ab") if self.log else subprocess.PIPE
        # Its own process group: an interrupt from the keyboard reaches us, and we end our children in order.
        self._child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT if self.log else None, env=env, process_group=0)
        if self.log:
            output.close()

    @property
    def pid(self):
        """Its process id; what enters a namespace becomes the command, so it is the command's."""
        return self._child.pid

    @property
    def output(self):
        """Its standard output as a binary stream, if it has no log."""
        return self._child.stdout

    def is_running(self):
        """Whether it has not ended yet."""
        return self._child.poll() is None

    def signal(self, number):
        """Send it a signal, if it still runs."""
        if self.is_running():
            self._child.send_signal(number)

    def kill(self):
        """End it at once and wait until it has."""
        self._child.kill()
        self._child.wait()

    def wait(self, timeout):
        """Its exit status; TimeoutError if it is still running after `timeout` seconds."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.command[0]} ({self.pid}) still runs after {timeout:g} s") from None

    def stop(self, timeout=5):
        """Ask it to end, insist after `timeout` seconds; returns its exit status (-9 if it had to be killed)."""
        self._child.terminate()
        try:
            status = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()
        return status
