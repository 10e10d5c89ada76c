//! The greatest flow through a network, by Dinic's method.

use std::collections::VecDeque;

/// Nodes joined by arcs of limited width. An arc and its way back stand next to each other.
pub(super) struct Network {
    arcs: Vec<Vec<usize>>,
    to: Vec<usize>,
    width: Vec<i64>,
    level: Vec<usize>,
    next: Vec<usize>,
}

impl Network {
    pub fn new(nodes: usize) -> Self {
        Self {
            arcs: vec![Vec::new(); nodes],
            to: Vec::new(),
            width: Vec::new(),
            level: Vec::new(),
            next: Vec::new(),
        }
    }

    /// A new node.
    pub fn node(&mut self) -> usize {
        self.arcs.push(Vec::new());
        self.arcs.len() - 1
    }

    /// An arc through which so much may flow.
    pub fn join(&mut self, from: usize, to: usize, width: i64) {
        for (from, to, width) in [(from, to, width), (to, from, 0)] {
            self.arcs[from].push(self.to.len());
            self.to.push(to);
            self.width.push(width);
        }
    }

    /// How much can flow.
    pub fn flow(&mut self, source: usize, sink: usize) -> i64 {
        let mut total = 0;
        while self.levels(source, sink) {
            self.next = vec![0; self.arcs.len()];
            loop {
                let pushed = self.push(source, sink, i64::MAX);
                if pushed == 0 {
                    break;
                }
                total += pushed;
            }
        }
        total
    }

    /// Counts how far each node is from the source; whether the sink can be reached.
    fn levels(&mut self, source: usize, sink: usize) -> bool {
        self.level = vec![usize::MAX; self.arcs.len()];
        self.level[source] = 0;
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for arc in &self.arcs[node] {
                let to = self.to[*arc];
                if self.width[*arc] > 0 && self.level[to] == usize::MAX {
                    self.level[to] = self.level[node] + 1;
                    queue.push_back(to);
                }
            }
        }
        self.level[sink] != usize::MAX
    }

    /// Pushes along one shortest way; how much went through. A way is a handful of arcs or, after many are
    /// taken, at most as many as there are nodes.
    fn push(&mut self, node: usize, sink: usize, most: i64) -> i64 {
        if node == sink {
            return most;
        }
        while let Some(arc) = self.arcs[node].get(self.next[node]).copied() {
            let to = self.to[arc];
            if self.width[arc] > 0 && self.level[to] == self.level[node] + 1 {
                let pushed = self.push(to, sink, most.min(self.width[arc]));
                if pushed > 0 {
                    self.width[arc] -= pushed;
                    self.width[arc ^ 1] += pushed;
                    return pushed;
                }
            }
            self.next[node] += 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_place_counts() {
        let mut network = Network::new(4);
        for (from, to, width) in [(0, 1, 3), (0, 2, 2), (1, 2, 5), (1, 3, 2), (2, 3, 3)] {
            network.join(from, to, width);
        }
        assert_eq!(network.flow(0, 3), 5);
    }
}
