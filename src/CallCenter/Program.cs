return await CallCenter.Commands.Commands.Run(args);
