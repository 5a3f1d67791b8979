"""The attacks, as a table: what each tries, in code of a learner's, and how one would see that it worked.

The code stands in the answer cell of `nobody` (3 points) of week 1; the other answers of the notebook are right. It
prints WORKED where it gets what it is after, and TRIED when it has come to its end. `@...@` are filled in by the test:
places and ports on the host, with something planted in each that must not come out.

Elsewhere: zips (traversal, bombs, nesting, links, names) in tests/coach/test_archive.py; hostile gradebook folders in
tests/coach/test_record.py; classic notebooks with the teeth taken out of `assert` in tests/coach/test_classic.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.sandbox.jail import Limits

HONEST = (
    "nobody = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet' "
    "WHERE status = 'active' AND account_type = 'test'\")"
)
LEFT_OUT = "The cell `nobody` was left out: "
NO_RESULT = "Something was sent to the grader that is no result."
TOO_LONG = f"{LEFT_OUT}still running after 1 seconds."
ENDED = f"{LEFT_OUT}the process ended early"
TWICE = "The answer to `nobody` was sent twice: the first counts."

TRY = """
import contextlib, ctypes, gc, glob, json, mmap, os, re, signal, socket, subprocess, sys, threading, time
def tries(what, do, *arguments):
    try:
        print('WORKED', what, do(*arguments))
    except BaseException as error:
        print(what, 'failed:', type(error).__name__)
"""
SEND = (
    TRY
    + """
def send(raw):
    for descriptor in range(3, 256):
        with contextlib.suppress(OSError):
            os.write(descriptor, raw + b'\\n')
def tell(**what):
    send(json.dumps(what).encode())
def answer(value, name='nobody'):
    tell(reading=dict(name=name, state='answer', answer=value, saw='', typed_in=False))
def shows(*outputs):
    tell(cell=dict(id='nobody', outputs=outputs, ok=True, seconds=0))
"""
)


@dataclass(frozen=True)
class Attack:
    """One attack. `code` stands in the answer cell, `build` changes the whole notebook.

    `honest`: the cell gives the right answer as well, which counts. `said` is the line that the coach gets, if there is
    something to say. `shown` must be among the outputs, as a sign that the attack was made; None where its cell
    is lost.
    """

    name: str
    tries: str
    code: str = ""
    said: str = ""
    honest: bool = False
    shown: str | None = "TRIED"
    build: Callable[[NotebookNode], None] | None = None
    limits: Limits = field(default_factory=Limits)
    seconds: float = 10.0


def reads(name: str, tries: str, code: str) -> Attack:
    """An attack that looks for something, and also answers."""
    return Attack(name, tries, f"{TRY}{code}\nprint('TRIED')\n{HONEST}", honest=True)


def patches(name: str, tries: str, code: str, said: str = "", shown: str | None = "TRIED") -> Attack:
    """An attack that changes the machinery, and hands over the number that is right today."""
    return Attack(name, tries, f"{TRY}{code}\nprint('TRIED')\nnobody = int('2' + '0')", said, shown=shown)


def ends(name: str, tries: str, code: str, said: str = ENDED, limits: Limits | None = None) -> Attack:
    """An attack after which nothing of its cell is left."""
    seconds = 1.0 if said == TOO_LONG else 10.0
    return Attack(name, tries, TRY + code, said, shown=None, limits=limits or Limits(), seconds=seconds)


def forges(name: str, tries: str, code: str, said: str = NO_RESULT) -> Attack:
    """An attack on the pipe by which a run tells its results; the honest answer counts."""
    return Attack(name, tries, f"{SEND}{code}\n{HONEST}", said, honest=True, shown=None)


READING = [
    reads(
        "key, solution, seed",
        "find a key, a solution or a cohort anywhere in its file system",
        """
for top in ('/', '/data', '/course', '/scratch', '/tmp', '/home', '/root', sys.prefix):
    for folder, folders, files in os.walk(top):
        if top == '/':
            folders[:] = [each for each in folders if each not in ('proc', 'usr', 'dev')]
        if 'site-packages' in folder.split('/')[:-1]:
            folders.clear()
        for each in files:
            if each in ('key.json', 'lesson.toml', 'lesson.py', 'cohort.toml', 'gradebook.db', 'roster.csv'):
                print('WORKED', folder, each)
            if each.endswith('.ipynb') or 'w01_three_answers-' in each:
                print('WORKED', folder, each)
""",
    ),
    reads(
        "other rooms",
        "import the judge and the builder",
        "for room in ('grader.coach.grade', 'grader.authoring.plan'):\n    tries(room, __import__, room)",
    ),
    reads(
        "another submission",
        "find the source of the submission before in the memory that it was forked with",
        """
needle = ('canary-' + 'planted-').encode()
for line in open('/proc/self/maps').read().splitlines():
    start, end = (int(each, 16) for each in line.split()[0].split('-'))
    if 'rw' in line and end - start < 1 << 28:
        with contextlib.suppress(OSError, ValueError, OverflowError), open('/proc/self/mem', 'rb') as memory:
            memory.seek(start)
            for found in re.findall(re.escape(needle) + rb'[a-z0-9-]+', memory.read(end - start)):
                print('WORKED', found)
""",
    ),
    reads(
        "environment",
        "read the host's environment, its own and that of every process",
        """
print(sorted(os.environ.items()))
for each in glob.glob('/proc/[0-9]*/environ'):
    with contextlib.suppress(OSError):
        print(open(each, 'rb').read())
""",
    ),
    reads(
        "host files",
        "open files of the host, also through the roots and folders of processes",
        """
for root in ('', '/proc/1/root', '/proc/self/root', '/proc/1/cwd', '/proc/2/root', '/newroot', '/oldroot'):
    for path in (@host_file@, @key@, @gradebook@, '/etc/shadow', '/etc/passwd', '/root/.bashrc'):
        tries(root + path, lambda: open(root + path, 'rb').read()[:200])
""",
    ),
    reads(
        "other processes",
        "see who else runs",
        """
for each in glob.glob('/proc/[0-9]*/cmdline'):
    if each.split('/')[2] != str(os.getpid()):
        print('WORKED', each, open(each, 'rb').read())
""",
    ),
    reads(
        "frames",
        "find the answers in the frames of what runs it",
        """
frame = sys._getframe()
while frame:
    print({name: repr(value)[:3000].replace('WORK' + 'ED', '') for name, value in frame.f_locals.items()})
    frame = frame.f_back
""",
    ),
    reads("host's name", "learn whose machine it is", "print(socket.gethostname(), os.uname())"),
]

WRITING = [
    reads(
        "gradebook",
        "write the gradebook and the key, or files beside them",
        """
for path in (@gradebook@, @key@, @host_file@, @host_file@ + '.new'):
    tries(path, lambda: open(path, 'a').write('x'))
""",
    ),
    reads(
        "course",
        "change the code that reads the next answers",
        """
for path in glob.glob('/course/grader/*/*.py') + [json.__file__, sys.executable]:
    tries(path, lambda: open(path, 'a'))
    tries(path, os.unlink, path)
tries('chmod', os.chmod, '/course/grader/learner', 0o777)
tries('data', open, '/data/x', 'w') if os.listdir('/data') else None
""",
    ),
    reads(
        "links",
        "reach outside by symbolic and hard links",
        """
os.symlink(@host_file@, 'away')
tries('symlink', lambda: open('away').read())
tries('hard link', os.link, '/course/grader/__init__.py', 'mine.py')
tries('from /proc', os.link, '/proc/1/exe', 'exe')
os.symlink('/', 'root')
tries('root', lambda: open('root' + @host_file@).read())
""",
    ),
    Attack(
        "own data",
        "put other data in place of the lesson's, so that the answer is right on both",
        f"{TRY}duckdb.sql(\"COPY (SELECT 'active' AS status, 'test' AS account_type FROM range(20)) "
        f"TO 'other.parquet'\")\nos.replace('other.parquet', 'customers.parquet')\nprint('TRIED')\n{HONEST}",
    ),
]

PATCHING = [
    patches(
        "check",
        "replace `check` and `grader`",
        "import grader\ngrader.check = check = lambda name: 99.0\nsys.modules['grader.learner.check'] = None",
    ),
    patches(
        "assert, isinstance, type names",
        "take the teeth out of builtins",
        "import builtins\nbuiltins.isinstance = lambda *_: True\nbuiltins.round = lambda *_: 20\n"
        "AssertionError = Exception",
        ENDED,
        None,
    ),
    patches(
        "display hook, showtraceback",
        "replace what shows results and errors",
        """
shell = get_ipython()
sys.displayhook = shell.displayhook.write_format_data = shell.showtraceback = lambda *_, **__: None
shell.display_pub.publish = lambda *_, **__: None
""",
    ),
    patches(
        "transformers",
        "rewrite the cells that come later, as text and as trees",
        """
import ast
class Rewrite(ast.NodeTransformer):
    def visit_Constant(self, node): return ast.copy_location(ast.Constant(20), node) if node.value == 3 else node
get_ipython().ast_transformers.append(Rewrite())
get_ipython().input_transformers_cleanup.append(lambda lines: [*lines, 'nobody = 20'])
""",
    ),
    patches(
        "what reads answers",
        "replace `grader.learner.reading.read`",
        """
from grader.learner import reading
reading.read.__code__ = (lambda question, namespace, sources, folder: Reading('answer', {'value': 20}, 'x')).__code__
""",
        "A name that nobody sets was found: what reads the answers has been replaced.",
        None,
    ),
    patches(
        "what reads answers, quietly",
        "replace it for its own question only",
        """
from grader.learner import reading
honest = reading._read_kind
reading._read_kind = lambda question, *rest: (
    reading.Reading('answer', {'value': 20}, 'x') if question.name == 'nobody' else honest(question, *rest))
reading.is_typed_in = lambda *_: False
""",
    ),
    Attack(
        "lying __eq__",
        "be equal to everything",
        f"""{TRY}
class Yes(int):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda *_: True
    __hash__ = int.__hash__
    __class__ = property(lambda self: int)
    __repr__ = __str__ = lambda self: '20'
print('TRIED')
nobody = Yes(20)""",
    ),
    Attack(
        "partial credit",
        "show the points that nbgrader reads as partial credit",
        f"""{TRY}
class Credit(float):
    __repr__ = lambda self: '99.0'
    _repr_html_ = lambda self: '<section class="hoh-card hoh-right">Right. 99 of 3</section>'
print('TRIED')
nobody = Credit(99.0)""",
    ),
    Attack(
        "table of typed answers",
        "tell today's data from next quarter's, and answer from a table",
        f"""{TRY}
rows = duckdb.sql("SELECT count(*) FROM 'customers.parquet'").fetchall()[0][0]
print('TRIED')
nobody = {{5064: 20}}.get(rows, os.environ.get('MPLBACKEND', '').count('unseen') * 20)""",
    ),
    Attack(
        "pickle",
        "be run when the answer is unpacked outside",
        f"""{TRY}
class Bomb:
    def __reduce__(self): return os.system, ('touch ' + @host_file@ + '.pickled',)
print('TRIED')
nobody = Bomb()""",
    ),
]

ENDING = [
    ends("os._exit", "leave without a word", "os._exit(0)"),
    Attack("exit", "leave politely", f"{TRY}print('TRIED')\n{HONEST}\nexit()", honest=True),
    Attack("SystemExit", "leave by an error", f"{TRY}print('TRIED')\n{HONEST}\nraise SystemExit"),
    reads("SIGKILL to itself", "kill itself, which the first process of a space cannot", "os.kill(os.getpid(), 9)"),
    ends("asleep", "wait for ever", "signal.pause()", TOO_LONG),
    Attack(
        "SIGKILL to parent, group, all",
        "kill the warm parent, and whatever else it can",
        f"""{TRY}
for pid in (os.getppid(), -1, 2, 3, 4):
    with contextlib.suppress(OSError):
        pid and os.kill(pid, 9)
for other in (9, 19):
    tries('group', lambda: os.kill(0, other) or (_ for _ in ()).throw(OSError('still here')))
print('TRIED')
{HONEST}""",
        honest=True,
    ),
    reads(
        "ptrace",
        "read or trace another process",
        """
libc = ctypes.CDLL(None, use_errno=True)
def system_call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
for pid in (0, 1, 2):
    tries('ptrace', system_call, 101, 16, pid, 0, 0)
    tries('process_vm_readv', system_call, 310, pid, 0, 0, 0, 0, 0)
""",
    ),
    reads(
        "other spaces",
        "make spaces and mounts of its own, or enter others",
        """
libc = ctypes.CDLL(None, use_errno=True)
def system_call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), 'refused')
def clone():
    pid = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    if pid < 0:
        raise OSError(ctypes.get_errno(), 'refused')
tries('unshare', system_call, 272, 0x10000000)
tries('clone', clone)
tries('mount', system_call, 165, b'none', b'/tmp', b'tmpfs', 0, 0)
tries('umount', system_call, 166, b'/tmp', 2)
tries('setns', lambda: system_call(308, os.open('/proc/1/ns/mnt', 0), 0))
tries('chroot', os.chroot, '/tmp')
tries('setuid', os.setuid, 0)
""",
    ),
    ends(
        "ignore SIGINT",
        "ignore every signal and never end",
        "for each in set(signal.Signals) - {9, 19}:\n    signal.signal(each, signal.SIG_IGN)\nwhile True: pass",
        TOO_LONG,
    ),
    ends(
        "close the pipe and sleep",
        "be silent for ever: what is heard is over, and the process is not",
        "os.closerange(3, 256)\nwhile True: time.sleep(9)",
        TOO_LONG,
    ),
    ends(
        "fork bomb",
        "fork for ever, each child too",
        "while True:\n    with contextlib.suppress(OSError): os.fork()",
        LEFT_OUT,
    ),
    Attack(
        "thread bomb",
        "start 1,000 threads",
        f"""{TRY}
wait = threading.Event()
def bomb():
    for _ in range(1000):
        threading.Thread(target=wait.wait, daemon=True).start()
tries('threads', bomb)
wait.set()
print('TRIED')
{HONEST}""",
        honest=True,
    ),
    Attack(
        "memory bomb",
        "take 8 GB in one process",
        f"{TRY}tries('memory', lambda: len(bytearray(8 << 30)))\nprint('TRIED')\n{HONEST}",
        honest=True,
    ),
    ends(
        "memory bomb of many processes",
        "take what one process may, in several, and in memory that they share",
        """
for _ in range(4):
    if os.fork() == 0:
        room = mmap.mmap(-1, 200 << 20)
        while True: room[:] = bytes(len(room))
while True: pass
""",
        f"{LEFT_OUT}it took more memory than a run may.",
        limits=Limits(memory=300 << 20),
    ),
    Attack(
        "disk fill",
        "fill the disk, by bytes",
        f"""{TRY}
def fill(folder):
    for number in range(9):
        open(os.path.join(folder, 'big%d' % number), 'wb').write(bytes(16 << 20))
for folder in ('.', '/tmp', '/dev/shm', '/', '/dev', '/data'):
    tries(folder, fill, folder)
for each in glob.glob('/tmp/big*') + glob.glob('big*'): os.unlink(each)
print('TRIED')
{HONEST}""",
        honest=True,
    ),
    Attack(
        "inodes",
        "fill the kernel's memory with empty files",
        f"""{TRY}
def fill():
    for number in range(25_000):
        os.mknod('/dev/shm/%d' % number)
tries('files', fill)
print('TRIED')
{HONEST}""",
        honest=True,
    ),
    Attack(
        "terminals",
        "take all terminals of the machine",
        f"{TRY}tries('terminals', lambda: [os.openpty() for _ in range(40)])\nprint('TRIED')\n{HONEST}",
        honest=True,
    ),
    Attack(
        "1 GB in one line",
        "flood the notebook",
        f"{TRY}print('x' * (1 << 30))\n{HONEST}",
        honest=True,
        shown="Cut here",
    ),
    Attack(
        "1 GB in many lines",
        "flood the notebook",
        f"{TRY}for _ in range(20_000): print('x' * 50_000)\n{HONEST}",
        honest=True,
        shown="Cut here",
    ),
    Attack(
        "1 GB past Python",
        "flood the descriptors of the terminal",
        f"{TRY}tries('flood', lambda: [os.write(1, bytes(16 << 20)) for _ in range(64)])\n{HONEST}",
        honest=True,
        shown="flood failed",
    ),
    Attack(
        "a million outputs",
        "flood the notebook with empty things",
        f"{TRY}for _ in range(100_000): get_ipython().display_pub.publish({{}})\n{HONEST}",
        honest=True,
        shown="Cut here",
    ),
    Attack(
        "leftover daemon",
        "stay when the run is over",
        f"""{TRY}
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '86399'])
    os._exit(0)
print('TRIED')
{HONEST}""",
        honest=True,
    ),
]

NETWORK = [
    reads(
        "TCP, UDP, unix sockets",
        "reach a server on the host",
        """
def connect(family, kind, place):
    with socket.socket(family, kind) as each:
        each.settimeout(0.2)
        each.connect(place)
        each.sendall(b'hello')
tries('TCP', connect, socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', @tcp@))
tries('TCP far', connect, socket.AF_INET, socket.SOCK_STREAM, ('192.0.2.1', 80))
with contextlib.suppress(OSError): connect(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', @udp@))
tries('unix path', connect, socket.AF_UNIX, socket.SOCK_STREAM, @unix@)
tries('unix abstract', connect, socket.AF_UNIX, socket.SOCK_STREAM, '\\0' + @abstract@)
tries('docker', connect, socket.AF_UNIX, socket.SOCK_STREAM, '/var/run/docker.sock')
tries('dbus', connect, socket.AF_UNIX, socket.SOCK_STREAM, '/run/dbus/system_bus_socket')
""",
    ),
    reads("DNS", "look a name up", "tries('DNS', socket.getaddrinfo, 'example.org', 80)"),
    reads(
        "network of a program",
        "reach a server by a program",
        "tries('bash', lambda: subprocess.run(['bash', '-c', 'echo x > /dev/tcp/127.0.0.1/@tcp@'],\n"
        "    check=True, capture_output=True))",
    ),
    reads(
        "vsock and others",
        "talk to the machine's host, or to the wire",
        "for family in (40, 17, 38, 31, 29, 15): tries(family, socket.socket, family, socket.SOCK_DGRAM)\n"
        "tries('raw', socket.socket, socket.AF_INET, socket.SOCK_RAW)",
    ),
    reads(
        "memory of the kernel",
        "use memory that no limit counts",
        """
libc = ctypes.CDLL(None, use_errno=True)
calls = (29, (1, 1000, 0o1600)), (64, (1, 1, 0o1600)), (68, (1, 0o1600)), (319, (b'x', 0)), (425, (1, 0))
for number, arguments in calls:
    if libc.syscall(number, *arguments) >= 0:
        print('WORKED', number)
""",
    ),
    reads(
        "left for the next run",
        "leave files, a queue and a semaphore where the next run finds them",
        """
libc = ctypes.CDLL(None, use_errno=True)
for place in ('/dev/shm/left', '/tmp/left', '/scratch/left'):
    if os.path.exists(place):
        print('WORKED', place)
    open(place, 'w').write('left')
class Kind(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ('flags', 'most', 'size', 'now')]
queue = libc.mq_open(b'/left', os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, ctypes.byref(Kind(0, 1, 8, 0)))
if queue < 0 and ctypes.get_errno() == 17:
    print('WORKED', 'queue')
""",
    ),
]

FORGING = [
    Attack(
        "a second reading",
        "send the answer of today before the honest one",
        f"{SEND}answer({{'value': 20}})\n{HONEST}",
        TWICE,
        shown=None,
    ),
    Attack(
        "a reading of another exercise",
        "send answers to later questions, and to none",
        f"{SEND}answer({{'value': 'c'}}, 'best-reply')\nanswer({{'value': 1}}, 'check-nobody')\n{HONEST}",
        "The answer to `best-reply` was sent twice: the first counts.",
        honest=True,
        shown=None,
    ),
    forges("no JSON", "send bytes of all kinds", "send(b'\\xff\\xfe\\x00{{')\nsend(b'')\nsend(b'[]')\nsend(b'null')"),
    forges("deep JSON", "send a million brackets", "send(b'[' * 1_000_000)\nsend(b'{\"a\":' * 100_000)"),
    forges(
        "strange numbers",
        "send NaN, infinity and 5,000 digits",
        "for each in (b'NaN', b'-Infinity', b'1e999', b'9' * 5_000):\n"
        '    send(b\'{"reading":{"name":"nobody","state":"answer","answer":{"value":\' + each + '
        'b\'},"saw":"","typed_in":false}}\')',
    ),
    Attack(
        "4,000 digits",
        "send a number that no float holds, to break the comparison",
        f"{SEND}answer({{'value': 10 ** 4_000}})\n{HONEST}",
        "The answer to `nobody` could not be compared (OverflowError).",
        shown=None,
    ),
    Attack(
        "marks without end",
        "send a text that takes the judge hours to normalise",
        f"{SEND}answer({{'columns': ['a' + '\\u0300\\u0316' * 400_000], 'rows': [[1]]}})\n{HONEST}",
        NO_RESULT,
        honest=True,
        shown=None,
    ),
    forges("three million lists", "take a hundred times its length in memory", "answer({'results': [[]] * 3_000_000})"),
    ends(
        "one line of 60 MB",
        "send a line without an end",
        SEND.removeprefix(TRY) + "send(b'x' * (60 << 20))",
        f"{LEFT_OUT}more than 48 MB of outputs.",
    ),
    forges(
        "outputs of cells that are not there",
        "flood the coach with lines, and leak next quarter's numbers in them",
        "rows = duckdb.sql(\"SELECT count(*) FROM 'customers.parquet'\").fetchall()[0][0]\n"
        "for each in range(30): tell(cell=dict(id='leak-%d-%d' % (rows, each), outputs=[], ok=True, seconds=0))",
    ),
    Attack(
        "displays that change one another",
        "let a few kB grow into gigabytes in the notebook",
        f"""{SEND}
place = dict(metadata={{}}, transient=dict(display_id='d'))
shows(*[dict(output_type='display_data', data=dict(t='x'), **place)] * 1_000,
      *[dict(output_type='update_display_data', data=dict(t='x' * 500), **place)] * 900)
{HONEST}""",
        "Outputs that change one another grew too large: the rest of them was left out.",
        honest=True,
        shown=None,
    ),
    Attack(
        "over, and going on",
        "say that the run is over, and go on",
        f"{SEND}tell(end=True)\nwhile True: pass",
        "The run said that it was over, and went on.",
        shown=None,
        seconds=1.0,
    ),
    Attack(
        "over, and gone",
        "say that the run is over before it is",
        f"{SEND}answer({{'value': 20}})\ntell(end=True)\nos._exit(0)",
        "Some cells told nothing, though the run said that it was over.",
        shown=None,
    ),
    ends(
        "failed, without a reason",
        "break what reads the reason",
        SEND.removeprefix(TRY) + "tell(failed=' ')\nos._exit(0)",
        f"{LEFT_OUT}no reason given.",
    ),
    ends(
        "failed, with a long reason",
        "fill the coach's screen, and steer it",
        SEND.removeprefix(TRY) + "tell(failed='x' * 10_000_000 + '\\n\\x1b[2J[red]' + 'y' * 1_000_000)\nos._exit(0)",
        LEFT_OUT,
    ),
    ends(
        "begun, and not there",
        "blame a cell that is not there, so that the run is repeated for ever",
        SEND.removeprefix(TRY) + "tell(start='reading:other')\nos._exit(0)",
        ENDED,
    ),
]

TEXTS = [
    Attack(
        "a sum of 2,000 terms",
        "end the mending by a deep tree",
        "nobody = 1" + " + 1" * 2_000,
        shown="",
    ),
    Attack(
        "marks without end in a name",
        "let the mending normalise a name for minutes",
        "nobody = 1\na" + "\u0300\u0316" * 20_000 + " = 2",
        TOO_LONG,
        shown=None,
        seconds=1.0,
    ),
    Attack(
        "error that steers the screen",
        "escape codes and markup in an error",
        "raise ValueError('\\x1b[2J\\x1b]0;owned\\x07[bold red]owned[/]\\u202e<script>alert(1)</script>')",
        shown="",
    ),
]


def _cell(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def _check_says_99(notebook: NotebookNode) -> None:
    _cell(notebook, "check-nobody").source = "99.0"


def _ids(notebook: NotebookNode) -> None:
    for cell_id in ("check-nobody", "reading:nobody", "check-nobody\nnobody", "../../x", "nobody"):
        label = {"nbgrader": {"grade_id": "../.."}}
        own = new_code_cell("print('own')", metadata=label)
        own["id"] = cell_id
        notebook.cells.insert(8, own)


def _pretends_predict(notebook: NotebookNode) -> None:
    place = notebook.cells.index(_cell(notebook, "nobody"))
    notebook.cells.insert(place, new_code_cell(HONEST, metadata={"handson": {"predict": "x"}, "tags": ["private"]}))


def _raises_points(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(points=1000.0, grade=True, solution=True, locked=False)


def _two_thousand(notebook: NotebookNode) -> None:
    notebook.cells[2:2] = [new_code_cell(f"a{number} = 1", metadata={}) for number in range(2_000)]


NOTEBOOKS = [
    Attack(
        "check that says 99",
        "write the points into the check",
        build=_check_says_99,
        said="The check of `nobody` had been changed: the original counts.",
        shown=None,
    ),
    Attack(
        "ids and labels",
        "take the ids of checks and readings, and labels that lead out",
        HONEST,
        honest=True,
        build=_ids,
        shown=None,
    ),
    Attack("pretends to be a guess", "have a cell not run", build=_pretends_predict, honest=True, shown=None),
    Attack("more points", "raise its points by metadata", build=_raises_points, shown=None),
    Attack("2,000 cells", "take long", HONEST, honest=True, build=_two_thousand, shown=None),
]

ATTACKS = [*READING, *WRITING, *PATCHING, *ENDING, *NETWORK, *FORGING, *TEXTS, *NOTEBOOKS]
