// grpc-js reads this as it is loaded. What it prints beside its errors is in them.
process.env.GRPC_VERBOSITY ??= "NONE";
