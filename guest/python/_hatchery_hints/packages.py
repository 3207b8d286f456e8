"""Names of packages that programs import, and of modules that Python does not have any more."""

# Names of imports; after a = the name of the distribution, where it is another one.
PACKAGES = """
    absl=absl-py accelerate aiobotocore aiofiles aiohttp aiomysql aioredis aiosqlite airflow=apache-airflow
    albumentations alembic altair annotated_types=annotated-types annoy anthropic anyio apscheduler argcomplete
    argon2=argon2-cffi arrow asgiref ast_decompiler astropy asttokens async_timeout=async-timeout asyncpg
    asyncssh attr=attrs attrs authlib autogen=pyautogen autogluon av awswrangler azure babel backoff backports
    bcrypt bidict binance=python-binance Bio=biopython biopython bitarray black blake3 bleach blinker bokeh
    boltons bonobo boto boto3 botocore bottle branca brotli bs4=beautifulsoup4 bson=pymongo build cachetools
    cairo=pycairo cairosvg cartopy cassandra=cassandra-driver catboost cattrs causalml celery cerberus certifi
    cffi chainer chardet charset_normalizer=charset-normalizer chess chromadb click cloudpickle cloudscraper
    clr=pythonnet cmdstanpy cohere colorama coloredlogs colorlog colorspacious colour=colour-science
    configargparse=ConfigArgParse confluent_kafka=confluent-kafka construct contourpy cookiecutter coverage
    crewai croniter cryptography cssselect cssutils cupy curl_cffi=curl-cffi customtkinter cv2=opencv-python
    cvxopt cvxpy cx_Oracle cycler cython Cython dacite dash dask databricks datasets dateparser
    dateutil=python-dateutil deap decouple=python-decouple deepdiff deepface defusedxml deprecated=Deprecated
    diffusers dill discord=discord.py diskcache distributed distro django=Django dns=dnspython docker dockerfile
    docopt docutils docx=python-docx docx2txt dotenv=python-dotenv dotmap dpath duckdb
    duckduckgo_search=duckduckgo-search easydict easyocr ebooklib=EbookLib ecdsa editdistance einops
    elasticsearch eli5 email_validator=email-validator emcee emoji environ=django-environ environs
    eth_account=eth-account evaluate exchangelib executing faiss=faiss-cpu fake_useragent=fake-useragent
    faker=Faker falcon fastai fastapi fastavro faster_whisper=faster-whisper fastparquet fasttext
    fbprophet=prophet feedparser ffmpeg=ffmpeg-python filelock filetype fiona fire fitz=PyMuPDF flair flake8
    flask=Flask flask_cors=Flask-Cors flask_login=Flask-Login flask_sqlalchemy=Flask-SQLAlchemy flax folium
    fonttools=fonttools fontTools=fonttools fpdf=fpdf2 freezegun frozendict fsspec ftfy funcy future fuzzywuzzy
    gdown gensim geocoder geopandas geopy gevent git=GitPython github=PyGithub gitlab=python-gitlab gluonts
    gmpy2 gnupg=python-gnupg google googleapiclient=google-api-python-client googlesearch=googlesearch-python
    googletrans gpiozero gradio graphene graphql=graphql-core graphviz greenlet groq grpc=grpcio gspread
    gtts=gTTS gunicorn gym gymnasium h11 h2 h3 h5py haystack=haystack-ai hdbscan holidays html2text html5lib
    httpcore httplib2 httptools httpx huggingface_hub=huggingface-hub humanfriendly humanize hvplot
    hydra=hydra-core hypercorn hyperopt hypothesis ics idna igraph ijson imagehash=ImageHash imageio
    imblearn=imbalanced-learn imgaug imutils inflect inflection influxdb instructor interpret intervaltree
    invoke ipaddr ipykernel ipyleaflet IPython=ipython ipywidgets isodate isort itsdangerous jax jaxlib jedi
    jellyfish jieba jinja2=Jinja2 jmespath joblib jose=python-jose jpype=JPype1 js2py=Js2Py json5
    json_repair=json-repair jsonlines jsonpatch jsonpath_ng=jsonpath-ng jsonpickle jsonschema jupyter jwt=PyJWT
    kafka=kafka-python kaggle kaleido keras kivy=Kivy kiwisolver kneed kubernetes langchain
    langchain_community=langchain-community langchain_core=langchain-core langchain_openai=langchain-openai
    langdetect langgraph langid ldap=python-ldap ldap3 Levenshtein lifelines lightgbm lightning lime litellm
    llama_cpp=llama-cpp-python llama_index=llama-index llvmlite locust loguru lxml lz4 magic=python-magic
    mako=Mako markdown=Markdown markdown2 markdownify markupsafe=MarkupSafe marshmallow matplotlib
    matplotlib_venn=matplotlib-venn mechanize mediapipe memory_profiler=memory-profiler mesa=Mesa mido mimesis
    minio missingno mistralai mistune mlflow mlxtend mock modin mongoengine more_itertools=more-itertools motor
    moviepy mpl_toolkits=matplotlib mplfinance mpmath msal msgpack msgspec multidict multipart=python-multipart
    multipledispatch munch mutagen mypy mysql=mysql-connector-python MySQLdb=mysqlclient nbconvert nbformat
    neo4j nest_asyncio=nest-asyncio netaddr netCDF4 networkx newspaper=newspaper3k nibabel nltk noise notebook
    notion_client=notion-client numba numexpr numpy numpy_financial=numpy-financial oauth2client oauthlib
    odf=odfpy ollama onnx onnxruntime openai openpyxl opentelemetry=opentelemetry-api opt_einsum optuna oracledb
    orjson ortools osmnx packaging paho=paho-mqtt palettable pandas pandas_datareader=pandas-datareader
    pandas_profiling=ydata-profiling pandas_ta=pandas-ta pandasql pandera papermill parameterized paramiko parse
    parsel parso passlib pathos pathspec patsy pdf2image pdfkit pdfminer=pdfminer.six pdfplumber peewee peft
    pendulum pexpect phonenumbers pika pikepdf PIL=pillow pillow pinecone pip pkg_resources=setuptools
    platformdirs playhouse=peewee playsound playwright plotly plotnine pluggy pmdarima poetry polars pony
    portalocker pptx=python-pptx praw prefect prettytable progressbar=progressbar2
    prometheus_client=prometheus-client prompt_toolkit=prompt-toolkit prophet proto=proto-plus psutil psycopg
    psycopg2 pulp=PuLP py pyarrow pyaudio=PyAudio pyautogui=PyAutoGUI pybullet pycountry pycparser pydantic
    pydantic_settings=pydantic-settings pydash pydeck pydicom pydot pydub pyfiglet pygame pyglet
    pygments=Pygments pyinstaller pykalman pylab=matplotlib pylint pymc pymc3 pymongo pymssql pymupdf=PyMuPDF
    pymysql=PyMySQL pynput pyodbc pypandoc pyparsing pypdf PyPDF2 pyperclip pyppeteer pyproj PyQt5 PyQt6
    pyro=pyro-ppl pyscreeze pyserial PySide2 PySide6 PySimpleGUI pyspark pysrt pystan pytesseract pytest
    pytest_asyncio=pytest-asyncio pythonjsonlogger=python-json-logger pytorch_lightning=pytorch-lightning
    pyttsx3 pytube pytz pyvis pyvista pywt=PyWavelets pyximport=cython pyzbar qdrant_client=qdrant-client qiskit
    qrcode quandl quantlib=QuantLib QuantLib questionary rapidfuzz rarfile rasterio ray rdflib rdkit
    readability=readability-lxml redis regex reportlab requests requests_cache=requests-cache
    requests_html=requests-html requests_oauthlib=requests-oauthlib requests_toolbelt=requests-toolbelt
    responses retry retrying rich river rope rpy2 rsa ruamel=ruamel.yaml ruff rumps sacrebleu safetensors sanic
    scanpy scapy schedule schema scikitplot=scikit-plot scipy scrapy=Scrapy seaborn selenium sendgrid
    sentence_transformers=sentence-transformers sentencepiece sentry_sdk=sentry-sdk serial=pyserial setproctitle
    setuptools shap shapefile=pyshp shapely simplejson simpy six skimage=scikit-image sklearn=scikit-learn
    skopt=scikit-optimize skorch slack_sdk=slack-sdk slugify=python-slugify smbus sniffio
    snowflake=snowflake-connector-python snscrape socketio=python-socketio socks=PySocks sortedcontainers
    sounddevice soundfile spacy speech_recognition=SpeechRecognition speedtest=speedtest-cli sphinx=Sphinx
    sqlalchemy=SQLAlchemy sqlglot sqlmodel sqlparse squarify sse_starlette=sse-starlette starlette statsforecast
    statsmodels streamlit stripe structlog supabase surprise=scikit-surprise svgpathtools svgwrite sympy ta
    tables tabula=tabula-py tabulate talib=TA-Lib tavily=tavily-python telebot=pyTelegramBotAPI
    telegram=python-telegram-bot telethon=Telethon tenacity tensorboard tensorflow
    tensorflow_datasets=tensorflow-datasets tensorflow_hub=tensorflow-hub termcolor textblob textdistance
    textstat texttable textual theano=Theano thefuzz thop threadpoolctl tiktoken timm tinydb tldextract
    tokenizers toml tomli tomlkit toolz torch torchaudio torchmetrics torchtext torchvision tornado tqdm
    trafilatura transformers translate trimesh trio tslearn ttkbootstrap tweepy twilio twisted=Twisted txt2tags
    typeguard typer typing_extensions=typing-extensions typing_inspect=typing-inspect tzdata tzlocal
    ua_parser=ua-parser ujson ultralytics umap=umap-learn undetected_chromedriver=undetected-chromedriver
    unidecode=Unidecode unstructured uritemplate urllib3 usaddress usb=pyusb user_agents=user-agents uvicorn
    uvloop vaderSentiment validators virtualenv vllm voila vosk vtk wandb watchdog watchfiles wcwidth weasyprint
    weaviate=weaviate-client webcolors webdriver_manager=webdriver-manager websocket=websocket-client websockets
    werkzeug=Werkzeug wheel whisper=openai-whisper whitenoise whoosh=Whoosh wikipedia wikipediaapi=Wikipedia-API
    win32api=pywin32 win32com=pywin32 win32gui=pywin32 wordcloud wrapt wx=wxPython xarray xgboost xhtml2pdf xlrd
    XlsxWriter xlsxwriter=XlsxWriter xlwings xlwt xmltodict yaml=PyYAML yarl yellowbrick yfinance
    youtube_dl=youtube-dl youtube_transcript_api=youtube-transcript-api yt_dlp=yt-dlp zeep zmq=pyzmq
    zope=zope.interface zstandard
"""

# What the standard library has of it.
INSTEAD = {
    "aiofiles": "open() does for files here",
    "arrow": "see datetime and zoneinfo",
    "attr": "see dataclasses",
    "attrs": "see dataclasses",
    "bs4": "html.parser reads HTML",
    "cachetools": "see functools.cache and lru_cache",
    "click": "see argparse",
    "colorama": "escape sequences do without it",
    "dateutil": "datetime.fromisoformat() and strptime() read dates",
    "dotenv": "os.environ has what the host has set",
    "lxml": "see xml.etree.ElementTree",
    "mock": "see unittest.mock",
    "more_itertools": "see itertools",
    "numpy": "see math, statistics and lists",
    "openpyxl": "csv writes tables that spreadsheets read",
    "orjson": "see json",
    "pandas": "see csv, statistics and sqlite3",
    "pendulum": "see datetime and zoneinfo",
    "prettytable": "f-strings align columns: f'{name:<20}'",
    "psycopg2": "see sqlite3",
    "pytest": "see unittest",
    "pytz": "see zoneinfo",
    "regex": "see re",
    "simplejson": "see json",
    "sqlalchemy": "see sqlite3",
    "tabulate": "f-strings align columns: f'{name:<20}'",
    "termcolor": "escape sequences do without it",
    "toml": "tomllib reads TOML",
    "tomli": "tomllib reads TOML",
    "typing_extensions": "see typing",
    "ujson": "see json",
    "xmltodict": "see xml.etree.ElementTree",
}
for _name in (
    "aiohttp boto3 duckduckgo_search googlesearch httpx playwright praw requests selenium tweepy urllib3 websocket "
    "websockets wikipedia yfinance openai anthropic"
).split():
    INSTEAD[_name] = "there is no network either, so the host has to offer a function that fetches"

# Modules that other versions of Python had, and what is there now.
REMOVED = {
    name: f"Python has no {name!r} any more: {instead}"
    for name, instead in {
        "aifc": "there is no module for it",
        "asynchat": "use asyncio",
        "asyncore": "use asyncio",
        "audioop": "there is no module for it",
        "binhex": "use base64 or binascii",
        "cgi": "urllib.parse.parse_qs() reads queries, and email.message forms",
        "cgitb": "use traceback",
        "chunk": "use struct",
        "crypt": "use hashlib",
        "distutils": "shutil has which() and copytree(), sysconfig has paths",
        "formatter": "use textwrap",
        "imghdr": "compare the first bytes of the file",
        "imp": "use importlib",
        "lib2to3": "use ast",
        "mailcap": "use mimetypes",
        "msilib": "there is no module for it",
        "nis": "there is no module for it",
        "nntplib": "there is no module for it, and no network",
        "ossaudiodev": "there is no module for it",
        "parser": "use ast",
        "pipes": "shlex.quote() quotes, and there are no processes",
        "smtpd": "there is no module for it, and no network",
        "sndhdr": "compare the first bytes of the file",
        "spwd": "there is no module for it",
        "sunau": "use wave",
        "symbol": "use ast",
        "telnetlib": "there is no module for it, and no network",
        "uu": "use base64 or binascii",
        "xdrlib": "use struct",
        "BaseHTTPServer": "it is http.server",
        "ConfigParser": "it is configparser",
        "Cookie": "it is http.cookies",
        "HTMLParser": "it is html.parser",
        "Queue": "it is queue",
        "SocketServer": "it is socketserver",
        "StringIO": "write `from io import StringIO`",
        "Tkinter": "it is tkinter, which is not part of this sandbox",
        "UserDict": "write `from collections import UserDict`",
        "UserList": "write `from collections import UserList`",
        "__builtin__": "it is builtins",
        "cPickle": "it is pickle",
        "cProfiler": "it is cProfile",
        "cStringIO": "write `from io import StringIO`",
        "commands": "there are no processes here",
        "cookielib": "it is http.cookiejar",
        "copy_reg": "it is copyreg",
        "exceptions": "exceptions need no import",
        "htmlentitydefs": "it is html.entities",
        "httplib": "it is http.client",
        "md5": "use hashlib.md5()",
        "robotparser": "it is urllib.robotparser",
        "sets": "set and frozenset need no import",
        "sha": "use hashlib.sha1()",
        "thread": "it is threading",
        "urllib2": "it is urllib.request, and there is no network",
        "urlparse": "it is urllib.parse",
        "xmlrpclib": "it is xmlrpc.client",
    }.items()
}

# Of the standard library and not here, with the reason.
ABSENT = {
    "_curses": "which has no terminal",
    "_posixsubprocess": "which has no processes",
    "_tkinter": "which has no screen",
    "curses": "which has no terminal",
    "ensurepip": "where the host provides the packages",
    "idlelib": "which has no screen",
    "msvcrt": "which is no Windows",
    "readline": "which has no terminal",
    "syslog": "see the module logging",
    "tkinter": "which has no screen",
    "turtle": "which has no screen",
    "turtledemo": "which has no screen",
    "venv": "where the host provides the packages",
    "winreg": "which is no Windows",
    "winsound": "which is no Windows",
}

_distributions = {}
for _entry in PACKAGES.split():
    _name, _, _distribution = _entry.partition("=")
    _distributions[_name] = _distribution or _name


def distribution(name):
    """The distribution that has the package, or None where the name is not a known one."""
    return _distributions.get(name)
