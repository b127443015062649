typedef int ohm_models_empty;
