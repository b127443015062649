# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ohmstate sim` says of time, from what `map --json` and `presets --resolve` say of the chip.

    python3 test_command_times.py PATH/TO/ohmstate MODEL CHIP...

The model's test sequences are of equal length.
"""
import json
import subprocess
import sys
import tempfile

from reference import chip as chip_reference
from test_chip_reference import differences_of

SEQUENCES = 3


def answer(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def check(program, model, chip):
    config = answer(program, 'presets', '--resolve', chip)
    schedule = answer(program, 'map', model, chip, '--json', '-q')['schedule']
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, 'sim', model, chip, '--engine', 'systemc', '--sequences',
                        str(SEQUENCES), '-o', f'{folder}/run', '-q'],
                       stdout=subprocess.DEVNULL, check=True)
        with open(f'{folder}/run/stats.json') as f:
            result = json.load(f)['platform']
    lengths = [result['tokens'] // SEQUENCES] * SEQUENCES
    return differences_of(chip_reference.run(schedule, config, lengths), result)


def main():
    program, model, *chips = sys.argv[1:]
    failed = False
    for chip in chips:
        differences = check(program, model, chip)
        failed |= bool(differences)
        for line in differences[:8]:
            print(f'{chip}: {line}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
