#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm on this machine runs an array of eight shards; one task is requeued while it runs.
# Skips where Slurm and munge are not installed, or without root to start them.
# usage: test_slurm.sh PATH/TO/ohmstate
set -uo pipefail
ohmstate=$(realpath "$1")
PATH=$PATH:/usr/sbin
for tool in slurmctld slurmd munged sbatch scontrol squeue; do
    command -v $tool >/dev/null || { echo "no $tool here (Debian: slurm-wlm munge)"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "needs root to start Slurm"; exit 77; }
[ -s /etc/munge/munge.key ] || { echo "munge has no key"; exit 77; }
! pgrep -x slurmctld >/dev/null || { echo "a Slurm runs here already"; exit 77; }
scratch=$(mktemp -d)
chmod 755 "$scratch"
munge_pid=""
finish() {
    for name in slurmd slurmctld; do
        [ ! -s "$scratch/$name.pid" ] || kill "$(cat "$scratch/$name.pid")" 2>/dev/null
    done
    [ -z "$munge_pid" ] || kill "$munge_pid" 2>/dev/null
    sleep 1
    rm -rf "$scratch"
}
trap finish EXIT
cd "$scratch" || exit 1

if ! munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
    install -d -o munge -g munge /run/munge
    setpriv --reuid=munge --regid=munge --clear-groups munged --foreground >/dev/null 2>&1 &
    munge_pid=$!
    for _ in $(seq 50); do munge -n 2>/dev/null | unmunge >/dev/null 2>&1 && break; sleep 0.1; done
fi
munge -n | unmunge >/dev/null || { echo "munge does not start here"; exit 77; }

host=$(hostname -s)
mkdir state spool
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=requeue_delay=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES State=UP
END
export SLURM_CONF=$scratch/slurm.conf
slurmctld && slurmd || { echo "Slurm does not start here"; exit 77; }
for _ in $(seq 100); do sinfo -h -o %t 2>/dev/null | grep -q idle && break; sleep 0.2; done
sinfo -h -o %t | grep -q idle || { echo "Slurm's node does not come up here"; exit 77; }

cat >tiny.yaml <<END
kind: experiment
summary: a tiny task
source: none
train:
  data: {source: "synthetic:tones,train=60,test=24,length=32", held_out: 0.2}
  model: {heads: 6, states: 4, layers: 1, norm: batch}
  float: {epochs: 1}
  qat: {epochs: 1}
chip: edge_22nm
simulate: {sequences: 8, timing_sequences: 1, time: 25 s}
END
cat >sweep.yaml <<END
kind: sweep
experiment: tiny.yaml
axes:
  chip.tile.adc.bits: {from: 4, to: 9, step: 1}
  chip.tile.adc.columns_per_adc: [1, 2, 4, 8]
search: {replicas: 2}
END
"$ohmstate" sweep run sweep.yaml -o whole --jobs 2 -q || exit 1
"$ohmstate" sweep submit sweep.yaml -o parts --tasks 8 --jobs 1 --time 10:00 --mem 100M || exit 1
job=$(squeue -h -o %A | sort -n | head -1)
for _ in $(seq 100); do squeue -h -t R -r -o %K | grep -qx 1 && break; sleep 0.1; done
scontrol requeue "${job}_1" || echo "task 1 was already done"
for _ in $(seq 600); do [ -z "$(squeue -h)" ] && break; sleep 0.5; done
"$ohmstate" sweep status sweep.yaml -o parts | grep -q "^48 of 48 replicas done" || {
    "$ohmstate" sweep status sweep.yaml -o parts; tail -n 5 parts/*.log slurmctld.log; exit 1; }
"$ohmstate" sweep merge sweep.yaml -o parts || exit 1
cmp whole/results.csv parts/results.csv && echo "eight tasks give what one process gives"
