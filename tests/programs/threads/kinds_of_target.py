import threading, time, functools
class Worker(threading.Thread):
    def __init__(self, n): super().__init__(); self.n = n
    def run(self): time.sleep(0.01); self.result = self.n * 2
ws = [Worker(i) for i in range(4)]
for w in ws: w.start()
for w in ws: w.join()
print([w.result for w in ws])
class Tool:
    def __init__(self): self.seen = []
    def use(self, x, *, y=0): time.sleep(0.01); self.seen.append((x, y))
    def __call__(self): time.sleep(0.01); self.seen.append("called")
    @classmethod
    def of(cls, out): time.sleep(0.01); out.append(cls.__name__)
tool = Tool()
ts = [threading.Thread(target=tool.use, args=(1,), kwargs={"y": 2}), threading.Thread(target=tool),
      threading.Thread(target=Tool.of, args=(tool.seen,)), threading.Thread(target=functools.partial(tool.use, 5)),
      threading.Thread(target=time.sleep, args=(0.01,)), threading.Thread(target=tool.seen.append, args=("builtin",))]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(map(str, tool.seen)))
