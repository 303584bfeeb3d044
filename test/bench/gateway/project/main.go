// A program that does nothing: its imports make the list of modules that the bench downloads, those of a usual service.
package main

import (
	_ "github.com/gin-gonic/gin"
	_ "github.com/spf13/viper"
	_ "helm.sh/helm/v3/pkg/action"
	_ "helm.sh/helm/v3/pkg/cli"
)

func main() {}
