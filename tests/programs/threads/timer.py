import threading, time
threading.Timer(0.05, print, ["rang"]).start()
late = threading.Timer(30, print, ["never"]); late.start(); late.cancel()
print("main ends")
