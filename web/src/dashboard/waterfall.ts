// Where the bars of a trace go.

import type { Span, Trace } from "@/api/admin";

export interface Bar {
  span: Span;
  /** Percent of the whole, from its begin. */
  from: number;
  /** Percent of the whole; never so little that it cannot be seen. */
  width: number;
}

const WIDTH_MIN = 0.6;

/** One bar for each span. A span that outlives its trace (work after the answer) makes the whole longer. */
export function bars(trace: Trace): Bar[] {
  const whole = Math.max(1, trace.duration_us, ...trace.spans.map((span) => span.start_us + span.duration_us));
  return trace.spans.map((span) => {
    const width = Math.max(WIDTH_MIN, (span.duration_us / whole) * 100);
    return { span, width, from: Math.min((span.start_us / whole) * 100, 100 - width) };
  });
}
