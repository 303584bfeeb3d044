// Steadyclient asks a module proxy for files at a steady pace, as the go command does: Go's net/http with connections kept
// alive, and nothing repeated that net/http does not repeat by itself. It prints one line of JSON a second, and when it is
// told to stop (SIGTERM, or the end of its standard input) a last one with "done": true. The counts are totals.
//
//	steadyclient -url http://10.97.0.20 -path /example.com/a/@v/v1.0.0.mod -path ... [-rate 50] [-connections 4]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

type paths []string

func (p *paths) String() string     { return strings.Join(*p, " ") }
func (p *paths) Set(s string) error { *p = append(*p, s); return nil }

// report is what a line of output holds.
type report struct {
	Requests int      `json:"requests"`
	Failed   int      `json:"failed"`
	Failures []string `json:"failures,omitempty"`
	// The longest time in which no request was answered well.
	LongestPauseMs int64 `json:"longestPauseMs"`
	Done           bool  `json:"done"`
}

type counter struct {
	sync.Mutex
	report
	latest time.Time
}

const maxFailuresKept = 20

func (c *counter) add(err error) {
	c.Lock()
	defer c.Unlock()
	c.Requests++
	if err == nil {
		now := time.Now()
		if pause := now.Sub(c.latest).Milliseconds(); !c.latest.IsZero() && pause > c.LongestPauseMs {
			c.LongestPauseMs = pause
		}
		c.latest = now
		return
	}
	c.Failed++
	if len(c.Failures) < maxFailuresKept {
		c.Failures = append(c.Failures, time.Now().UTC().Format("15:04:05.000 ")+err.Error())
	}
}

func (c *counter) print(done bool) {
	c.Lock()
	defer c.Unlock()
	c.Done = done
	line, err := json.Marshal(c.report)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func main() {
	url := flag.String("url", "", "address of the proxy")
	rate := flag.Float64("rate", 50, "requests a second, over all connections")
	connections := flag.Int("connections", 4, "requests that are under way at the same time")
	var wanted paths
	flag.Var(&wanted, "path", "a path to ask for; may be repeated")
	flag.Parse()
	if *url == "" || len(wanted) == 0 {
		flag.Usage()
		os.Exit(2)
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop <- syscall.SIGTERM
	}()

	client := &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: *connections, IdleConnTimeout: 90 * time.Second},
	}
	var counts counter
	turns := make(chan string)
	var workers sync.WaitGroup
	for range *connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for path := range turns {
				counts.add(get(client, *url+path))
			}
		}()
	}

	pace := time.NewTicker(time.Duration(float64(time.Second) / *rate))
	second := time.NewTicker(time.Second)
	for turn := 0; ; {
		select {
		case <-pace.C:
			turns <- wanted[turn%len(wanted)]
			turn++
		case <-second.C:
			counts.print(false)
		case <-stop:
			close(turns)
			workers.Wait()
			counts.print(true)
			return
		}
	}
}

// get reads one file to its end. Any status but 200, and an answer that is cut off, is an error.
func get(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
