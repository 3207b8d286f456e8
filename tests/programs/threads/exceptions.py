import threading, sys
def fail(): 1 / 0
t = threading.Thread(target=fail, name="failing"); 
threading.excepthook = lambda args: print("hook", args.exc_type.__name__, args.thread.name)
t.start(); t.join()
threading.excepthook = threading.__excepthook__
def leave(): sys.exit(3)
t = threading.Thread(target=leave); t.start(); t.join()
print("main goes on")
