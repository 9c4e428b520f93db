"""The exception that a cancelled prediction gets in its blocking code."""


class CancelationException(BaseException):
    """The running prediction was cancelled.

    A BaseException, so that `except Exception` of a model does not swallow it.
    """


CancelationException.__module__ = "coglet"
