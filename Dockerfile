# A notebook server with the kernel: docker build -t snc . && docker run --rm -p 8888:8888 snc
# The first stage has the programs that scripts/setup needs; .devcontainer/ takes that stage alone.
FROM node:22-bookworm-slim AS tools
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates g++ git python3 python3-venv \
  && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/jupyter && /opt/jupyter/bin/pip install --no-cache-dir jupyterlab==4.6.6
ENV PATH=/opt/jupyter/bin:$PATH

FROM tools
USER node
# Made by the user: WORKDIR alone may make it as root.
RUN mkdir -p /home/node/snc
WORKDIR /home/node/snc
COPY --chown=node:node . .
RUN scripts/setup
EXPOSE 8888
CMD ["node", "dist/cli/main.js", "lab", "--", "--ip=0.0.0.0", "--no-browser"]
