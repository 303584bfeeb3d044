# Adds nginx' log of counted requests to the counters of before, in the text format of Prometheus. POSIX awk alone: busybox or mawk.
#
#   awk -f counts.awk -v dropped=N old=1 counters old= log >counters.new
#
# The counters are their own memory. `dropped` requests were not read. A line of the log, as nginx/counts.ts has it:
#
#   LABELS|LABELS OF REQUESTS ALONE|BACKEND|SECONDS|BYTES|SECONDS OF THE BACKEND
#
# Labels are printed as nginx wrote them, so a new one needs no change here.

BEGIN {
  prefix = "goproxycache_gateway_"
  # nginx counts in milliseconds. The longest is that of a large module that an engine has to clone.
  bounds = split("0.001 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60 300", bound, " ")
  header = "# Counters since this pod started."
  for (i = 1; i <= bounds; i++) layout = layout " " bound[i]
  header = header " Bounds:" layout
}

# Counters with other bounds are of another version: start anew.
old && FNR == 1 { known = ($0 == header) }
old {
  if (known && /^goproxycache_gateway_/) add(substr($0, 1, length($0) - length($NF) - 1), $NF)
  next
}

# The same line comes again and again where many are served: it is taken apart once.
{ times[$0]++ }

END {
  for (line in times) count(line, times[line])
  expand("request_duration_seconds")
  expand("backend_duration_seconds")
  add(prefix "uncounted_requests_total", dropped + torn)
  print header
  family("requests_total", "counter", "Requests that were answered, by environment, cache status (empty: no answer that is kept) and status.")
  family("request_duration_seconds", "histogram", "From the first byte of a request to the last byte of its answer.")
  family("response_bytes_total", "counter", "Bytes of answers, headers included.")
  family("backend_duration_seconds", "histogram", "What a request waited for an engine or the checksum database.")
  family("uncounted_requests_total", "counter", "Requests that are missing in the others, because counting fell behind.")
}

function count(line, n,   field, fields, part, parts, labels, waited, i) {
  fields = split(line, field, "|")
  labels = field[1]
  # A write was cut short, which happens when the volume is full.
  if (fields != 6 || line !~ /^environment="[^"\\]*"(,[a-z_]+="[^"\\]*")*[|][a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*[|][^|]+[|][0-9.]+[|][0-9]+[|][^|]+$/) {
    torn += n
    return
  }
  # nginx writes - for what a request has not.
  gsub(/="-"/, "=\"\"", labels)
  gsub(/="-"/, "=\"\"", field[2])
  add(prefix "requests_total{" labels "," field[2] "}", n)
  add(prefix "response_bytes_total{" labels "}", field[5] * n)
  observe("request_duration_seconds", labels, field[4] + 0, n)
  if (field[6] !~ /[0-9]/) return
  # Several, when it was tried again.
  parts = split(field[6], part, /[ ,:]+/)
  for (i = 1; i <= parts; i++) waited += part[i]
  observe("backend_duration_seconds", labels ",backend=\"" field[3] "\"", waited, n)
}

function observe(name, labels, seconds, n,   i) {
  for (i = 1; i <= bounds && seconds > bound[i] + 0; i++);
  within[name, labels, i] += n
  sum[name, labels] += seconds * n
  observed[name, labels] = labels
}

# expand: the buckets of a histogram, each with what is in the smaller ones
function expand(name,   key, labels, total, i) {
  for (key in observed) {
    if (index(key, name SUBSEP) != 1) continue
    labels = observed[key]
    total = 0
    for (i = 1; i <= bounds; i++) {
      total += within[key, i]
      add(prefix name "_bucket{" labels ",le=\"" bound[i] "\"}", total)
    }
    total += within[key, i]
    add(prefix name "_bucket{" labels ",le=\"+Inf\"}", total)
    add(prefix name "_sum{" labels "}", sum[key])
    add(prefix name "_count{" labels "}", total)
  }
}

function add(series, amount,   name) {
  if (!(series in value)) {
    name = substr(series, length(prefix) + 1)
    sub(/[{].*/, "", name)
    sub(/_seconds_(bucket|sum|count)$/, "_seconds", name)
    member[name, ++members[name]] = series
  }
  value[series] += amount
}

function family(name, type, help,   i, series, format) {
  print "# HELP " prefix name " " help
  print "# TYPE " prefix name " " type
  for (i = 1; i <= members[name]; i++) {
    series = member[name, i]
    # Told how, since some print a large number as 1e+09.
    format = series ~ /_seconds_sum[{]/ ? "%s %.3f\n" : "%s %.0f\n"
    printf format, series, value[series]
  }
}
