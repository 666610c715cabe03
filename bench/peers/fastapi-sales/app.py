"""A shop's sales application as it is written today: one insert per purchase, durable by PostgreSQL's defaults."""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

PRICES = {"basic": 1900, "pro": 4900, "enterprise": 19900}


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=16) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


class Purchase(BaseModel):
    license: str


@app.post("/api/buy_mpi", status_code=201)
async def buy(purchase: Purchase):
    price = PRICES.get(purchase.license)
    if price is None:
        raise HTTPException(422, f"unknown licence; known are {', '.join(PRICES)}")
    statement = "insert into sales (license, price) values ($1, $2) returning id"
    return {"id": await app.state.pool.fetchval(statement, purchase.license, price)}


@app.get("/api/get_current_money")
async def money():
    row = await app.state.pool.fetchrow("select count(*) as sales, coalesce(sum(price), 0) as turnover from sales")
    return {"sales": row["sales"], "turnover": row["turnover"]}


@app.delete("/api/sales")
async def reset():
    await app.state.pool.execute("truncate sales")
    return {}
