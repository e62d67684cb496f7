import CMicrohttpd
import Loop

/// The table through which libmicrohttpd calls a server: each entry finds its object and enters the loop's isolation.
///
/// libmicrohttpd calls only from inside `cmhd_run` and `cmhd_stop`, which the loop's thread calls. A connection's context is
/// the retained `Connection`; `closed` is the last call about it and gives the reference back.
enum ServerCallbacks {
  static func table(for server: HTTPServer) -> cmhd_callbacks {
    cmhd_callbacks(
      owner: Unmanaged.passUnretained(server).toOpaque(),
      opened: { owner, handle, descriptor in
        let server = Unmanaged<HTTPServer>.fromOpaque(owner!).takeUnretainedValue()
        // This thread is the loop's, and nobody else has the pointer.
        nonisolated(unsafe) let handle = handle!
        return LoopActor.assumeIsolated {
          Unmanaged.passRetained(server.opened(handle, descriptor: descriptor)).toOpaque()
        }
      },
      closed: { context in
        let connection = Unmanaged<Connection>.fromOpaque(context!).takeRetainedValue()
        LoopActor.assumeIsolated { connection.server.closed(connection) }
      },
      began: { context, target in
        let connection = connection(context)
        let target = String(validatingCString: target!)
        LoopActor.assumeIsolated { connection.began(target: target) }
      },
      advance: { context, method, demandsHost, bytes, count in
        let connection = connection(context)
        // Both are read during this call only, on this thread.
        nonisolated(unsafe) let method = method!
        nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
        return LoopActor.assumeIsolated { connection.advance(method: method, demandsHost: demandsHost, bytes: bytes) }
      },
      completed: { context in
        let connection = connection(context)
        LoopActor.assumeIsolated { connection.completed() }
      },
      upgraded: { context, descriptor, bytes, count in
        let connection = connection(context)
        let early = Array(UnsafeBufferPointer(start: bytes, count: count))
        LoopActor.assumeIsolated { connection.exchange?.handOver(descriptor, early: early) }
      }
    )
  }
}

private func connection(_ context: UnsafeMutableRawPointer?) -> Connection {
  Unmanaged<Connection>.fromOpaque(context!).takeUnretainedValue()
}
