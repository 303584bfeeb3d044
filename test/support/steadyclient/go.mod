module example.com/steadyclient

go 1.23
