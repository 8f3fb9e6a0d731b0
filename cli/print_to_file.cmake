# cmake -DPROGRAM=… -DWORDS=… -DOUTPUT=… -P print_to_file.cmake: what the program prints, in a file.
separate_arguments(WORDS)
execute_process(COMMAND ${PROGRAM} ${WORDS} OUTPUT_FILE ${OUTPUT} COMMAND_ERROR_IS_FATAL ANY)
