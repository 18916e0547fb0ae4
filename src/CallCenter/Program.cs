System.Console.WriteLine("callcenter");
