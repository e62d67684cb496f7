"""How fast procrastinate drains jobs that do nothing, on the same server. usage: procrastinate_drain.py URL COUNT"""

import asyncio
import sys
import time

import procrastinate

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=sys.argv[1], max_size=8))


@app.task
async def nothing(number):
    pass


async def main(count):
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for start in range(0, count, 5000):
            await nothing.batch_defer_async(*({"number": start + n} for n in range(min(5000, count - start))))
        begun = time.monotonic()
        await app.run_worker_async(wait=False, concurrency=64, install_signal_handlers=False)
        print(f"procrastinate: {count / (time.monotonic() - begun):.0f} jobs/s")


asyncio.run(main(int(sys.argv[2])))
