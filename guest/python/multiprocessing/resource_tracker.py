"""In the place of CPython's: what removes semaphores and shared memory that a crashed process has left.

That is a process of its own elsewhere. Here those things go with the one process that there is.
"""

__all__ = ["ensure_running", "register", "unregister"]


class ResourceTracker:
    def getfd(self):
        return None

    def ensure_running(self):
        pass

    def register(self, name, rtype):
        pass

    def unregister(self, name, rtype):
        pass

    def _stop(self):
        pass


_resource_tracker = ResourceTracker()
ensure_running = _resource_tracker.ensure_running
register = _resource_tracker.register
unregister = _resource_tracker.unregister
getfd = _resource_tracker.getfd
