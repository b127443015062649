typedef int ohm_workloads_empty;
