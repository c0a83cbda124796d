# Fails if an object file of the loops defines a symbol outside its namespace:
# cmake -DNM=… -DISA=… -DOBJECTS=a.o;b.o -P check_symbols.cmake
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --defined-only --extern-only -C ${object}
    OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${listing}")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^[0-9a-f]+ [A-Za-z] interlatent::${ISA}::")
      message(SEND_ERROR "${object} defines ${line}")
    endif()
  endforeach()
endforeach()
