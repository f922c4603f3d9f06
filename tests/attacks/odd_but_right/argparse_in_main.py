# A program of its own below `if __name__`, with argparse.
# after
import argparse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--prompt', default='To be')
    print(parser.parse_args().prompt)


if __name__ == '__main__':
    main()
