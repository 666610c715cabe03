-- One line that a program can read, at the end of a run.
function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      "load: requests=%d duration_us=%d status=%d connect=%d read=%d write=%d timeout=%d p50_us=%d p99_us=%d\n",
      summary.requests, summary.duration, errors.status, errors.connect, errors.read, errors.write, errors.timeout,
      latency:percentile(50), latency:percentile(99)))
end
