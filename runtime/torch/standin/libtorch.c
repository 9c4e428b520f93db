/* An empty library with the name of libtorch.so. The real one does nothing but pull
 * in every CUDA library, and compiled models (.pt2) ask for it by name; where the
 * device is the CPU, cogpp loads this one first. ISO C wants at least one symbol. */
extern const int cogpp_stand_in_for_libtorch;
const int cogpp_stand_in_for_libtorch = 1;
