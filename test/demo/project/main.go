// A small web server, for the demo and the tests: what a team's project looks like to a module proxy.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func main() {
	router := gin.Default()
	router.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "hello") })
	if err := router.Run(); err != nil {
		panic(err)
	}
}
