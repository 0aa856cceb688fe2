// Nothing: it is here for the headers that are precompiled with it.
