"""A request under way on a thread of its own."""

import threading


class Pending:
    """`ask` gives the response, on the thread; `check` gets it, on the thread that waits."""

    def __init__(self, ask, check):
        self.ask, self.check = ask, check
        self.response = self.error = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            self.response = self.ask()
        except Exception as error:  # handed to the thread that waits
            self.error = error

    def finish(self):
        """What `check` gives, or the error of `ask`."""
        self.thread.join()
        if self.error:
            raise self.error
        return self.check(self.response)
