#include <libpq-fe.h>

/* libpq 17 can queue a sync point without a system call; older ones send at once. */
static inline int queue_pipeline_sync(PGconn *connection) {
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  return PQsendPipelineSync(connection);
#else
  return PQpipelineSync(connection);
#endif
}
