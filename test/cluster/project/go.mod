module example.com/small

go 1.23

require (
	github.com/goccy/go-json v0.10.2
	github.com/modern-go/reflect2 v1.0.2
	github.com/twitchyliquid64/golang-asm v0.15.1
	github.com/ugorji/go/codec v1.2.12
	gopkg.in/yaml.v3 v3.0.1
)
