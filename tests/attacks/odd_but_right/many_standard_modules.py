# Imports a good part of the standard library.
import abc, argparse, array, base64, bisect, cmath, collections, contextlib, copy, csv, ctypes, datetime
import decimal, difflib, email, enum, fractions, functools, gc, getpass, glob, gzip, hashlib, heapq, html
import importlib.metadata, io, ipaddress, itertools, json, locale, logging.handlers, lzma, mmap, multiprocessing
import numbers, operator, os, pathlib, pdb, pickle, platform, pprint, queue, random, re, secrets, select, shelve
import shutil, signal, socket, sqlite3, ssl, statistics, string, struct, subprocess, sys, tempfile, textwrap
import threading, timeit, traceback, types, typing, unicodedata, unittest.mock, urllib.request, uuid, weakref
import xml.etree.ElementTree, zipfile, zlib, zoneinfo

platform.platform()
locale.setlocale(locale.LC_ALL, "C")
random.seed(0), secrets.token_hex(4), uuid.uuid4(), os.cpu_count(), os.getcwd(), time if False else None
