import threading, time
done = False
def later():
    global done
    time.sleep(0.02); done = True
threading.Thread(target=later).start()
while not done: pass
print("seen")
stop = False; n = 0
def spin():
    global n
    while not stop: n += 1
t = threading.Thread(target=spin); t.start()
time.sleep(0.05); stop = True; t.join()
print(n > 0)
