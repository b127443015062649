typedef int ohm_tiles_empty;
