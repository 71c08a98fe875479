#!/usr/bin/env python3
"""Fails when a protocol room imports what only a world may use: sockets, clocks, files, threads, randomness, logs.

  system_calls.py [--nm NM] LIBRARY.a ...
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

# Whole C names, by what they would do.
FORBIDDEN_C = {
    "network": "socket socketpair bind listen accept accept4 connect shutdown send sendto sendmsg sendmmsg recv recvfrom recvmsg "
               "recvmmsg __recv_chk __recvfrom_chk getsockopt setsockopt getaddrinfo gethostbyname getifaddrs if_nametoindex "
               "if_indextoname poll __poll_chk ppoll select epoll_create1 epoll_wait epoll_ctl",
    "clock": "clock_gettime clock_getres gettimeofday time ftime clock nanosleep clock_nanosleep sleep usleep alarm setitimer "
             "timer_create timerfd_create localtime localtime_r X509_cmp_current_time X509_gmtime_adj",
    "file": "open open64 __open_2 __open64_2 openat openat64 creat fopen fopen64 freopen fdopen close read __read_chk pread "
            "pread64 write pwrite pwrite64 readv writev lseek mmap mmap64 ioctl fcntl stat stat64 fstat lstat access unlink rename "
            "mkdir opendir readdir mkstemp dlopen BIO_new_file BIO_new_fp",
    "thread": "pthread_create pthread_mutex_lock pthread_rwlock_wrlock pthread_cond_wait sem_wait fork vfork clone execve system "
              "popen posix_spawn signal sigaction kill raise",
    "randomness": "rand rand_r srand random srandom drand48 getrandom getentropy arc4random RAND_bytes RAND_priv_bytes RAND_bytes_ex",
    "environment": "getenv secure_getenv setenv getpid getuid gethostname uname sysconf exit _exit quick_exit",
    "log": "syslog vsyslog openlog printf vprintf vfprintf puts fputs fputc putchar perror __printf_chk __vfprintf_chk "
           "sd_journal_send sd_journal_print",
}
# Parts of demangled C++ names.
FORBIDDEN_CPP = {
    "clock": r"std::chrono::\w+::(_V2::)?\w*(system|steady|high_resolution)_clock::now|_clock::now\(\)",
    "thread": r"std::thread::|std::this_thread::|std::condition_variable|std::__future_base",
    "file": r"std::basic_[io]?fstream|std::basic_filebuf|std::filesystem::(?!.*path::)",
    "randomness": r"std::random_device",
    "log": r"std::(cout|cerr|clog|cin)\b|fmt::v\d+::v?print\(",
}
# fprintf(stderr) and abort() are CHECK()'s alone. An object does not tell who uses them, so the sources must not.
LOGS_IN_SOURCE = re.compile(r"\b(f?printf|fputs|fwrite|stderr|stdout|abort)\b(?!\")")
CHECK_HEADER = "base/check.h"
# A CA draws serial numbers from OpenSSL; no protocol room calls it (crypto/certificate_authority.h).
EXEMPT = {"certificate_builder.cpp.o": {"RAND_bytes", "RAND_priv_bytes"}}

FORBIDDEN_NAMES = {name: kind for kind, names in FORBIDDEN_C.items() for name in names.split()}
Import = collections.namedtuple("Import", "object symbol")


def imports(nm, library):
    """Every undefined symbol of each object in a static library, demangled."""
    listing = subprocess.run([nm, "-u", "-C", library], capture_output=True, text=True, check=True).stdout
    member = "?"
    for line in listing.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            member = line[:-1]
        elif line.strip():
            yield Import(member, line.split(maxsplit=1)[1].split("@")[0].strip())


def forbidden(symbol):
    """What a symbol would do that no protocol room may, or None."""
    if symbol in FORBIDDEN_NAMES:
        return FORBIDDEN_NAMES[symbol]
    return next((kind for kind, pattern in FORBIDDEN_CPP.items() if re.search(pattern, symbol)), None)


def violations(found):
    """The imports that are not allowed, as (object, symbol, kind)."""
    for member, symbol in found:
        kind = forbidden(symbol)
        if kind and symbol not in EXEMPT.get(member, ()):
            yield member, symbol, kind


def logging_lines(source, rooms):
    """The places in these rooms' sources that write to a stream of their own, CHECK() apart."""
    for room in rooms:
        for file in sorted((source / room).rglob("*")):
            name = file.relative_to(source).as_posix()
            if file.suffix not in (".h", ".cpp") or file.stem.endswith("_test") or name == CHECK_HEADER:
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                code = line.split("//")[0]
                if LOGS_IN_SOURCE.search(code):
                    yield f"{name}:{number}: {code.strip()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--source", type=pathlib.Path, help="the folder of the rooms")
    parser.add_argument("--rooms", default="", help="the protocol rooms, comma-separated")
    parser.add_argument("libraries", nargs="+")
    options = parser.parse_args()

    bad = []
    for library in options.libraries:
        for member, symbol, kind in violations(imports(options.nm, library)):
            bad.append(f"{pathlib.Path(library).name}({member}): imports {symbol}: {kind} belongs to a world")
    if options.source:
        bad += logging_lines(options.source, options.rooms.split(","))
    print("\n".join(bad) or f"{len(options.libraries)} libraries import nothing of a world")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
