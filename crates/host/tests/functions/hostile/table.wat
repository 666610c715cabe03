;; A function of Kontor's contract that grows its table until it is refused, and answers with how many elements it had.
(component
  (import "kontor:function/types@0.1.0" (instance $types
    (type $header' (tuple string string))
    (export "header" (type $header (eq $header')))
    (type $identity' (record (field "name" string) (field "scopes" (list string))))
    (export "identity" (type $identity (eq $identity')))
    (type $caller' (variant (case "anonymous") (case "service" $identity) (case "user" $identity) (case "other" string)))
    (export "caller" (type $caller (eq $caller')))
    (type $request' (record
      (field "operation" string) (field "method" string) (field "path" string) (field "query" (option string))
      (field "path-parameters" (list (tuple string string))) (field "headers" (list $header)) (field "body" (list u8))
      (field "caller" $caller) (field "trace-id" string) (field "deadline-ms" u32)))
    (export "request" (type (eq $request')))
    (type $response' (record (field "status" u16) (field "headers" (list $header)) (field "body" (list u8))))
    (export "response" (type (eq $response')))))
  (import "kontor:function/events@0.1.0" (instance $events
    (type $event' (record
      (field "id" u64) (field "source" string) (field "name" string) (field "key" string) (field "payload" string)
      (field "time" s64) (field "attempt" u32) (field "trace-id" string)))
    (export "event" (type (eq $event')))))
  (alias export $types "request" (type $request))
  (alias export $types "response" (type $response))
  (alias export $events "event" (type $event))

  (core module $m
    (memory (export "memory") 2)
    (table $table 1 funcref)
    ;; Where the next allocation is.
    (global $free (mut i32) (i32.const 65536))
    (data (i32.const 1024)
      "{\"name\":\"grows\",\"version\":\"1\",\"reuse\":true,\"openapi\":{\"openapi\":\"3.1.0\",\"paths\":{\"/ok\":{\"get\":{\"operationId\":\"ok\"}}}}}")

    (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at))

    ;; The manifest: its address and its length.
    (func (export "describe") (result i32)
      (i32.store (i32.const 16) (i32.const 1024))
      (i32.store (i32.const 20) (i32.const 118))
      (i32.const 16))

    (func (export "handle") (param $request i32) (result i32)
      (local $elements i32) (local $at i32)
      (loop $more
        (br_if $more (i32.ne (i32.const -1) (table.grow $table (ref.null func) (i32.const 1000)))))
      (local.set $elements (table.size $table))
      ;; As decimal text, from its end on.
      (local.set $at (i32.const 128))
      (loop $digits
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $elements) (i32.const 10))))
        (local.set $elements (i32.div_u (local.get $elements) (i32.const 10)))
        (br_if $digits (local.get $elements)))
      ;; 200, no headers, the text.
      (i32.store16 (i32.const 32) (i32.const 200))
      (i32.store (i32.const 36) (i32.const 0))
      (i32.store (i32.const 40) (i32.const 0))
      (i32.store (i32.const 44) (local.get $at))
      (i32.store (i32.const 48) (i32.sub (i32.const 128) (local.get $at)))
      (i32.const 32))

    ;; Events and schedules: all is well.
    (func (export "on-event") (param i64 i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32) (result i32)
      (i32.store8 (i32.const 256) (i32.const 0))
      (i32.const 256))
    (func (export "on-schedule") (param i32 i32 i64) (result i32)
      (i32.store8 (i32.const 256) (i32.const 0))
      (i32.const 256))
  )

  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "cabi_realloc" (core func $realloc))

  (type $retry' (variant (case "unavailable" string) (case "failed" string) (case "other" string)))
  (export $retry "retry" (type $retry'))
  (func (export "handle") (param "request" $request) (result $response)
    (canon lift (core func $i "handle") (memory $memory) (realloc $realloc)))
  (func (export "describe") (result string)
    (canon lift (core func $i "describe") (memory $memory)))
  (func (export "on-event") (param "event" $event) (result (result (error $retry)))
    (canon lift (core func $i "on-event") (memory $memory) (realloc $realloc)))
  (func (export "on-schedule") (param "name" string) (param "time" s64) (result (result (error $retry)))
    (canon lift (core func $i "on-schedule") (memory $memory) (realloc $realloc)))
)
