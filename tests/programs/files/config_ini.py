import configparser
import io

text = """
[DEFAULT]
debug = no
timeout = 30

[server]
host = example.org
port = 8080
url = http://%(host)s:%(port)s/

[client]
debug = yes
names =
    ana
    bo
    cyd
"""
config = configparser.ConfigParser()
config.read_string(text)
print(config.sections())
print(config["server"]["url"], config.getint("server", "port"), config.getboolean("server", "debug"))
print(config.getboolean("client", "debug"), config["client"]["names"].split())
print(config.getfloat("client", "timeout"), config.get("client", "missing", fallback="none"))
config["server"]["port"] = "9090"
config.add_section("extra")
config.set("extra", "key", "value 100%%")
out = io.StringIO()
config.write(out)
print(out.getvalue())
try:
    config.get("server", "nope")
except configparser.NoOptionError as error:
    print(error)
try:
    configparser.ConfigParser().read_string("[a]\nx=1\n[a]\n")
except configparser.DuplicateSectionError as error:
    print(type(error).__name__)
