// Modules that publish the CustomResourceDefinitions of resources we write and do not serve. Nothing of them is built, so
// `go mod tidy` would take them out.
module goproxycache.io/testbed/crds

go 1.26

require (
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.6.3
)
