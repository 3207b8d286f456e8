import atexit
import weakref


class Thing:
    pass


thing = Thing()
weakref.finalize(thing, print, "finalized")
atexit.register(print, "last registered first")


@atexit.register
def bye():
    print("bye")


atexit.register(print, "never")
atexit.unregister(print)
del thing
print("the end")
atexit.unregister(bye)
