// A project with few modules, all of them among those of the demo's project: what the cluster tests download.
package main

import (
	_ "github.com/goccy/go-json"
	_ "github.com/modern-go/reflect2"
	_ "github.com/twitchyliquid64/golang-asm/obj"
	_ "github.com/ugorji/go/codec"
	_ "gopkg.in/yaml.v3"
)

func main() {}
